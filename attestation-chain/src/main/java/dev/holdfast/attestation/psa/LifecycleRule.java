package dev.holdfast.attestation.psa;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.Optional;
import java.util.Set;

/** The rule that statements count only in some states of a platform's life. */
public final class LifecycleRule {
  private LifecycleRule() {}

  /** Why a state does not pass: TEE_DEBUG or LIFECYCLE; empty if it does. */
  public static Optional<Finding> check(Lifecycle found, Set<Lifecycle> allowed, String claim) {
    if (allowed.contains(found)) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.against(
                found.isDebug() ? Reason.TEE_DEBUG : Reason.LIFECYCLE,
                "the platform is in state " + found + ", in which it cannot be relied on")
            .at(claim)
            .expecting(allowed.stream().map(Enum::name).sorted().toList())
            .finding(found.name())
            .remedy("Bring the platform into service, or allow that state."));
  }
}
