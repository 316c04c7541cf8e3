package dev.holdfast.pam.registry;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.util.regex.Pattern;

/**
 * The id of a model: its kind, and the first 16 hex digits of the SHA-256 of its bytes, such as
 * {@code xgb-0123456789abcdef}. Its full name is {@code models/{model}}.
 */
public record ModelId(String id) implements Comparable<ModelId> {
  private static final Pattern FORM = Pattern.compile("(xgb|lstm)-[0-9a-f]{16}");
  private static final String PREFIX = "models/";
  private static final int DIGITS = 16;

  /** Refuses what is no id. */
  public ModelId {
    if (!FORM.matcher(id).matches()) {
      throw new Refusal(new Problem.IdFormat("model", "xgb- or lstm- and 16 hex digits"));
    }
  }

  /** The id of a model's bytes. */
  public static ModelId of(ModelKind kind, Bytes artefact) {
    return new ModelId(kind.prefix() + "-" + Sha256.of(artefact).hex().substring(0, DIGITS));
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static ModelId parse(String name) {
    if (!name.startsWith(PREFIX)) {
      throw new Refusal(new Problem.IdFormat("model", "models/{model}"));
    }
    return new ModelId(name.substring(PREFIX.length()));
  }

  @Override
  public int compareTo(ModelId other) {
    return id.compareTo(other.id);
  }

  /** The full name. */
  @Override
  public String toString() {
    return PREFIX + id;
  }
}
