package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.cmw.Cmw;
import java.util.List;
import java.util.Optional;

/** What conceptual message wrappers hold. */
final class Wrapped {
  private Wrapped() {}

  /**
   * The statement, where there is exactly one, and of a format that has a registered type and
   * consists of one message: Arm's tokens.
   */
  static Optional<Evidence> statement(String component, Cmw wrapper) {
    List<Cmw.Message> messages = wrapper.messages();
    if (messages.size() != 1) {
      return Optional.empty();
    }
    Bytes value = messages.getFirst().value();
    return switch (messages.getFirst().type().format().orElse("")) {
      case "cca-token" -> Optional.of(new Evidence.CcaToken(component, value));
      case "psa-token" -> Optional.of(new Evidence.PsaToken(component, value));
      default -> Optional.empty();
    };
  }
}
