package dev.holdfast.agent.openenclave;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A signed enclave image, and the functions of its generated stub that are linked into the shared
 * object beside the SDK.
 *
 * @param file the image
 * @param createFunction what the SDK's generator calls {@code oe_create_NAME_enclave}
 * @param evidenceFunction the call into the enclave that makes evidence; its form is in {@code
 *     ops/docs/open-enclave.md}
 * @param debug whether it is started so that it can be debugged; its evidence says so
 */
public record EnclaveImage(
    Path file, String createFunction, String evidenceFunction, boolean debug) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  /** Refuses names that no C function has. */
  public EnclaveImage {
    if (!NAME.matcher(createFunction).matches() || !NAME.matcher(evidenceFunction).matches()) {
      throw new IllegalArgumentException(
          "the names of C functions, not \"" + createFunction + "\", \"" + evidenceFunction + "\"");
    }
  }

  /** An image whose stub has the names of our own interface definition. */
  public static EnclaveImage of(Path file) {
    return new EnclaveImage(file, "oe_create_holdfast_enclave", "holdfast_get_evidence", false);
  }
}
