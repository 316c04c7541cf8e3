package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.Problem;
import java.time.Instant;
import java.util.Optional;

/**
 * The newest chain of a pathway.
 *
 * @param chain its name, verdict, findings and end
 * @param state what became of it
 * @param content the chain itself, kept as these bytes; up to {@link #CONTENT_BYTES_MAX}
 */
public record ChainRecord(CurrentChain chain, ChainState state, Bytes content) {
  /** The most bytes of a chain. */
  public static final int CONTENT_BYTES_MAX = 768 * 1024;

  public ChainRecord {
    if (content.length() > CONTENT_BYTES_MAX) {
      throw new IllegalArgumentException("a chain has up to 768 KiB");
    }
  }

  /** Why nothing may rest on it at this time; empty if something may. */
  public Optional<Problem> refusal(Instant now) {
    return switch (state) {
      case LIVE -> chain.refusal(now);
      case REFUSED, REVOKED ->
          Optional.of(new Problem.ChainRefused(chain.name().pathway(), chain.findings()));
    };
  }
}
