package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/**
 * A TDX module that a platform may run (PCS API 4, tdxModule and tdxModuleIdentities).
 *
 * @param id {@code TDX_} and two hexadecimal digits of the module's version; empty for version 0
 * @param mrSigner the signer, 48 bytes
 * @param attributes what the attributes must be where the mask is set, 8 bytes
 * @param attributesMask which bits of the attributes are looked at, 8 bytes
 * @param levels what is said of its security versions; empty for version 0, whose security version
 *     is judged with the platform's components
 */
public record TdxModule(
    String id, Bytes mrSigner, Bytes attributes, Bytes attributesMask, List<IsvLevel> levels) {
  /** Copies the list. */
  public TdxModule {
    levels = List.copyOf(levels);
  }
}
