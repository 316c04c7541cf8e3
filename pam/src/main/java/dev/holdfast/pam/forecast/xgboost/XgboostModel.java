package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Resource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A trained model: values only, nothing native.
 *
 * @param id its id, {@code xgb-} and the first 16 hex digits of the SHA-256 of its boosters
 * @param featureVersion what its columns mean
 * @param boosters one for each resource of which any was used
 * @param card where it comes from
 */
public record XgboostModel(
    String id, int featureVersion, Map<Resource, Trees> boosters, Card card) {
  /** Copies. */
  public XgboostModel {
    EnumMap<Resource, Trees> copy = new EnumMap<>(Resource.class);
    copy.putAll(boosters);
    boosters = Collections.unmodifiableMap(copy);
  }

  /**
   * The trees for one resource.
   *
   * @param ubj XGBoost's model in UBJSON; it predicts shares of the scale
   * @param scale the largest amount trained on, above zero
   * @param offsets what is added to each quantile, as a share of the scale: how far held-out
   *     samples lay above or below it
   */
  public record Trees(Bytes ubj, double scale, List<Double> offsets) {
    /** Refuses scales and offsets that are not finite. */
    public Trees {
      offsets = List.copyOf(offsets);
      if (!(scale > 0) || !Double.isFinite(scale) || offsets.size() != 4) {
        throw new IllegalArgumentException("scale " + scale + ", " + offsets.size() + " offsets");
      }
      for (double offset : offsets) {
        if (!Double.isFinite(offset)) {
          throw new IllegalArgumentException("an offset is finite");
        }
      }
    }
  }

  /**
   * Where a model comes from.
   *
   * @param seed what its chance came from
   * @param rows how many rows each resource had
   * @param span the time that they cover
   */
  public record Card(int seed, int rows, Interval span) {}

  /** All of it as bytes, to be kept. */
  public Bytes toBytes() {
    return ModelCodec.encode(this);
  }

  /**
   * Reads what {@link #toBytes} gave.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static XgboostModel fromBytes(Bytes content) {
    return ModelCodec.decode(content);
  }
}
