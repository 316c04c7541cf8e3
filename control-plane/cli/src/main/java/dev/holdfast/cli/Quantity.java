package dev.holdfast.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How people write amounts of one kind of resource: exactly, in both directions. */
public enum Quantity {
  /** Thousandths of a core or a device: {@code 1500m}, {@code 1.5}. */
  MILLI("1500m or 1.5"),
  /** Bytes: {@code 512Mi}, {@code 1.5Gi}, {@code 10MB}, {@code 4096}. */
  BYTES("512Mi, 1.5Gi, 10MB or 4096"),
  /** Bytes per second: {@code 10MB/s}, {@code 4Mi/s}, {@code 100Mbit/s}. */
  RATE("10MB/s, 4Mi/s or 100Mbit/s");

  /** The largest amount of any resource (ResourceVector on the wire). */
  public static final long MAX = 1L << 50;

  private static final Pattern FORM =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,18})?)([A-Za-z]*)(/s)?");
  private static final List<String> BINARY = List.of("Pi", "Ti", "Gi", "Mi", "Ki");
  private static final List<String> DECIMAL = List.of("PB", "TB", "GB", "MB", "kB");
  private static final Map<String, BigDecimal> FACTORS = factors();

  private final String examples;

  Quantity(String examples) {
    this.examples = examples;
  }

  /**
   * Reads an amount; what is not a whole number of units is refused, never rounded.
   *
   * @return 0 to {@link #MAX}
   * @throws CommandException if it is anything else
   */
  public long parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw refused(text, "it is not a number and a unit");
    }
    if (form.group(3) != null && this != RATE) {
      throw refused(text, "it is an amount per second");
    }
    BigDecimal exact = new BigDecimal(form.group(1)).multiply(factor(text, form.group(2)));
    if (exact.stripTrailingZeros().scale() > 0) {
      throw refused(text, "it is no whole number of " + (this == MILLI ? "thousandths" : "bytes"));
    }
    if (exact.compareTo(BigDecimal.valueOf(MAX)) > 0) {
      throw refused(text, "it is more than 2^50 of the smallest unit");
    }
    return exact.longValueExact();
  }

  /**
   * Writes an amount in the largest unit that keeps it short and exact; {@link #parse} reads it.
   *
   * @param amount 0 to {@link #MAX}
   */
  public String print(long amount) {
    return switch (this) {
      case MILLI -> amount % 1000 == 0 ? Long.toString(amount / 1000) : amount + "m";
      case BYTES -> amount == 0 ? "0" : shortest(amount, 1024, 2, BINARY, 0);
      case RATE -> amount == 0 ? "0" : shortest(amount, 1000, 3, DECIMAL, 0) + "/s";
    };
  }

  private static String shortest(long amount, int base, int decimals, List<String> units, int at) {
    if (at == units.size()) {
      return base == 1024 ? shortest(amount, 1000, 3, DECIMAL, 0) : amount + "B";
    }
    BigDecimal unit = BigDecimal.valueOf(base).pow(units.size() - at);
    BigDecimal value =
        BigDecimal.valueOf(amount).divide(unit, 60, RoundingMode.UNNECESSARY).stripTrailingZeros();
    boolean fits = value.compareTo(BigDecimal.ONE) >= 0 && value.scale() <= decimals;
    return fits
        ? value.toPlainString() + units.get(at)
        : shortest(amount, base, decimals, units, at + 1);
  }

  private BigDecimal factor(String text, String unit) {
    if (this == MILLI) {
      return switch (unit) {
        case "" -> BigDecimal.valueOf(1000);
        case "m" -> BigDecimal.ONE;
        default -> throw refused(text, "its unit \"" + unit + "\" is not known");
      };
    }
    BigDecimal factor = FACTORS.get(unit);
    if (factor == null || (unit.endsWith("bit") && this != RATE)) {
      throw refused(
          text,
          "its unit \"" + unit + "\" is not known" + Nearest.question(unit, FACTORS.keySet()));
    }
    return factor;
  }

  private CommandException refused(String text, String why) {
    return CommandException.usage(
        "\""
            + Text.clean(text)
            + "\" is no amount: "
            + why
            + ". Write, for example, "
            + examples
            + ".");
  }

  private static Map<String, BigDecimal> factors() {
    Map<String, BigDecimal> factors = new LinkedHashMap<>();
    factors.put("", BigDecimal.ONE);
    factors.put("B", BigDecimal.ONE);
    for (int i = 0; i < BINARY.size(); i++) {
      int power = BINARY.size() - i;
      BigDecimal binary = BigDecimal.valueOf(1024).pow(power);
      BigDecimal decimal = BigDecimal.valueOf(1000).pow(power);
      String letter = BINARY.get(i).substring(0, 1);
      factors.put(letter + "i", binary);
      factors.put(letter + "iB", binary);
      factors.put(letter, decimal);
      factors.put(letter + "B", decimal);
      String small = power == 1 ? "k" : letter;
      factors.put(small, decimal);
      factors.put(small + "B", decimal);
      factors.put(small + "bit", decimal.divide(BigDecimal.valueOf(8)));
    }
    return factors;
  }
}
