package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What one layer says of the next (TCG DICE Attestation Architecture 1.1, 6.1.1, DiceTcbInfo; its
 * extension 2.23.133.5.4.1, or a member of 2.23.133.5.4.5).
 *
 * @param vendor who made the target, at most 128 bytes
 * @param model the target, at most 128 bytes
 * @param version its version, at most 128 bytes
 * @param svn its security version number
 * @param layer which layer it is
 * @param index which instance of it
 * @param fwids digests of its firmware
 * @param flags what is wrong with it
 * @param vendorInfo the vendor's own
 * @param type the kind of target, a machine-readable name
 */
public record TcbInfo(
    Optional<String> vendor,
    Optional<String> model,
    Optional<String> version,
    OptionalLong svn,
    OptionalLong layer,
    OptionalLong index,
    List<Fwid> fwids,
    Set<OperationalFlag> flags,
    Optional<Bytes> vendorInfo,
    Optional<Bytes> type) {
  /** Copies the collections. */
  public TcbInfo {
    fwids = List.copyOf(fwids);
    flags =
        flags.isEmpty() ? Set.of() : java.util.Collections.unmodifiableSet(EnumSet.copyOf(flags));
  }
}
