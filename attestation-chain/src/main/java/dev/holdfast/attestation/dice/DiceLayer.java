package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * What the certificate of one layer says in the extensions of DICE.
 *
 * @param fwids every digest of firmware in it, in order: of DiceTcbInfo, DiceMultiTcbInfo, and the
 *     older composite device identifier, which stands in the same extension or in the subject's
 *     alternative name
 * @param tcbInfos DiceTcbInfo and DiceMultiTcbInfo
 * @param ueid DiceUeid
 * @param openDice the input of an Open DICE layer
 */
public record DiceLayer(
    List<Fwid> fwids,
    List<TcbInfo> tcbInfos,
    Optional<Bytes> ueid,
    Optional<OpenDiceInput> openDice) {
  /** DiceTcbInfo; in older devices a composite device identifier. */
  public static final String TCB_INFO = "2.23.133.5.4.1";

  /** DiceUeid. */
  public static final String UEID = "2.23.133.5.4.4";

  /** DiceMultiTcbInfo. */
  public static final String MULTI_TCB_INFO = "2.23.133.5.4.5";

  /** The input of the Open Profile for DICE. */
  public static final String OPEN_DICE = "1.3.6.1.4.1.11129.2.1.24";

  /** Copies the lists. */
  public DiceLayer {
    fwids = List.copyOf(fwids);
    tcbInfos = List.copyOf(tcbInfos);
  }
}
