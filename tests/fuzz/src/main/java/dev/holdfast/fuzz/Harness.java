package dev.holdfast.fuzz;

/**
 * What Jazzer calls: it hands every input to the target that the system property {@code
 * holdfast.fuzz.target} names.
 */
public final class Harness {
  /** Names one of {@link Targets}. */
  public static final String TARGET = "holdfast.fuzz.target";

  private static final Target CHOSEN = Targets.valueOf(System.getProperty(TARGET, "")).make();

  private Harness() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws Exception {
    CHOSEN.read(data);
  }
}
