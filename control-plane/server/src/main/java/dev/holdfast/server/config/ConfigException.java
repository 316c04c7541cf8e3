package dev.holdfast.server.config;

import java.util.List;

/** Everything that is wrong with a configuration file. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> complaints;

  /** One with these complaints, each with file and line. */
  public ConfigException(List<String> complaints) {
    super(String.join("\n", complaints), null, false, false);
    this.complaints = List.copyOf(complaints);
  }

  /** What is wrong, a line each. */
  public List<String> complaints() {
    return complaints;
  }
}
