package dev.holdfast.pam.forecast;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import java.util.Set;

/** A trained model, ready to be asked. */
public interface Predictor {
  /** The id of the model. */
  String model();

  /** The resources that it knows; of the others none was ever used. */
  Set<Resource> resources();

  /**
   * Demand for a batch of rows.
   *
   * @param resource one of {@link #resources()}
   * @param rows {@link Features#COUNT} features each, NaN for what is missing
   * @return for each row one amount for each {@link Quantile}, in their order: finite, at least 0,
   *     rising
   */
  double[][] predict(Resource resource, float[][] rows);
}
