package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The kinds of resource, and how their names are written in full and in short. */
public enum Names {
  RESERVATION("tenants/{tenant}/reservations/{reservation}"),
  GRANT("tenants/{tenant}/reservations/{reservation}/grants/{grant}"),
  PROFILE("tenants/{tenant}/resourceProfiles/{resource_profile}"),
  MODEL("models/{model}"),
  NODE("trustZones/{trust_zone}/nodes/{node}"),
  APPRAISAL("trustZones/{trust_zone}/nodes/{node}/appraisals/{appraisal}"),
  PATHWAY("trustZones/{trust_zone}/pathways/{pathway}"),
  CHAIN("trustZones/{trust_zone}/pathways/{pathway}/attestationChains/{attestation_chain}"),
  TENANT("tenants/{tenant}"),
  ZONE("trustZones/{trust_zone}"),
  SIGNAL("tenants/{tenant}/signals/{signal}"),
  IMAGE("images/{image}");

  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9-][A-Za-z0-9._~@:+-]{0,127}");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private final String pattern;

  Names(String pattern) {
    this.pattern = pattern;
  }

  /** The form of a full name. */
  public String pattern() {
    return pattern;
  }

  /** Whether this is a full name of the kind. */
  public boolean matches(String name) {
    String[] given = name.split("/", -1);
    String[] form = pattern.split("/", -1);
    if (given.length != form.length) {
      return false;
    }
    for (int i = 0; i < form.length; i++) {
      boolean good =
          form[i].startsWith("{") ? SEGMENT.matcher(given[i]).matches() : form[i].equals(given[i]);
      if (!good) {
        return false;
      }
    }
    return true;
  }

  /**
   * The full name for a full one, or for its variable parts alone ({@code edge/sw-3}).
   *
   * @throws CommandException if it is neither
   */
  public String full(String text) {
    if (matches(text)) {
      return text;
    }
    String[] given = text.split("/", -1);
    List<String> parts = new ArrayList<>();
    int next = 0;
    for (String segment : pattern.split("/", -1)) {
      parts.add(segment.startsWith("{") && next < given.length ? given[next++] : segment);
    }
    String name = String.join("/", parts);
    if (next != given.length || !matches(name)) {
      throw CommandException.usage(
          "\""
              + Text.clean(text)
              + "\" is no name of a "
              + word()
              + ". Write "
              + pattern
              + ", or its variable parts alone, such as "
              + example()
              + ".");
    }
    return name;
  }

  /**
   * The kind whose full name this is.
   *
   * @throws CommandException if it is of none
   */
  public static Names of(String name) {
    for (Names kind : values()) {
      if (kind.matches(name)) {
        return kind;
      }
    }
    throw CommandException.usage(
        "\""
            + Text.clean(name)
            + "\" is no full name."
            + nearest(name)
            + " Names have one of these forms: "
            + String.join(
                ", ",
                List.of(RESERVATION, GRANT, PROFILE, MODEL, NODE, PATHWAY, CHAIN).stream()
                    .map(Names::pattern)
                    .toList())
            + ".");
  }

  /**
   * The full name of an image: {@code images/HEX}, {@code sha256:HEX} or the 64 hex digits alone.
   *
   * @throws CommandException if it is none of these
   */
  public static String image(String text) {
    String digest = text.replaceFirst("^(images/|sha256:)", "");
    if (!DIGEST.matcher(digest).matches()) {
      throw CommandException.usage(
          "\""
              + Text.clean(text)
              + "\" is no image. Give the SHA-256 of its manifest: 64 lowercase"
              + " hex digits, with or without \"sha256:\" before them.");
    }
    return "images/" + digest;
  }

  /** Everything before the last two segments: the parent of a resource. */
  public static String parent(String name) {
    int end = name.lastIndexOf('/', name.lastIndexOf('/') - 1);
    return name.substring(0, Math.max(end, 0));
  }

  private String word() {
    return switch (this) {
      case RESERVATION -> "reservation";
      case GRANT -> "grant";
      case PROFILE -> "profile";
      case MODEL -> "model";
      case NODE -> "node";
      case APPRAISAL -> "appraisal";
      case PATHWAY -> "pathway";
      case CHAIN -> "chain";
      case TENANT -> "tenant";
      case ZONE -> "trust zone";
      case SIGNAL -> "signal";
      case IMAGE -> "image";
    };
  }

  private String example() {
    return switch (this) {
      case RESERVATION -> "acme/r7";
      case GRANT -> "acme/r7/g1";
      case PROFILE -> "acme/p1";
      case MODEL -> "xgb-0123456789abcdef";
      case NODE -> "edge/sw-3";
      case APPRAISAL -> "edge/sw-3/a1";
      case PATHWAY -> "edge/p1";
      case CHAIN -> "edge/p1/-";
      case TENANT -> "acme";
      case ZONE -> "edge";
      case SIGNAL -> "acme/s-1";
      case IMAGE -> "sha256:…";
    };
  }

  private static String nearest(String name) {
    List<String> words =
        List.of(
            "tenants",
            "reservations",
            "grants",
            "resourceProfiles",
            "models",
            "trustZones",
            "nodes",
            "appraisals",
            "pathways",
            "attestationChains");
    String[] given = name.split("/", -1);
    for (int i = 0; i < given.length; i += 2) {
      if (!words.contains(given[i])) {
        return Nearest.question(given[i], words);
      }
    }
    return "";
  }
}
