package dev.holdfast.pam.model;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * What runs, for whom and on what: all that demand is predicted from before it starts.
 *
 * @param image the software
 * @param user whom it runs for, as the tenant names them: 1 to 128 printable ASCII characters
 *     without "/"; empty where the forecast rests on the image
 * @param workloadType what kind of work it is, 1 to 63 of [a-z0-9-] starting with a letter
 * @param inputs the production inputs known, at most 32; keys are 1 to 63 of [a-z0-9_.]
 */
public record Workload(
    ImageName image,
    Optional<String> user,
    String workloadType,
    SortedMap<String, InputValue> inputs) {
  private static final Pattern USER = Pattern.compile("[\\x20-\\x2e\\x30-\\x7e]{1,128}");

  /** Refuses what is out of its limits. */
  public Workload {
    requireUser(user);
    Ids.require("workload_type", workloadType);
    inputs = Inputs.checked(inputs);
  }

  /** One from inputs in any order. */
  public static Workload of(
      ImageName image, Optional<String> user, String type, Map<String, InputValue> inputs) {
    return new Workload(image, user, type, Inputs.checked(inputs));
  }

  /**
   * Refuses what is no user.
   *
   * @throws Refusal with {@link Problem.IdFormat}
   */
  public static void requireUser(Optional<String> user) {
    if (user.isPresent() && !USER.matcher(user.get()).matches()) {
      throw new Refusal(
          new Problem.IdFormat("user", "1 to 128 printable ASCII characters without \"/\""));
    }
  }
}
