package dev.holdfast.cli;

/** One thing, described line by line: label and value, the values aligned. */
final class Facts {
  private static final int LABEL_WIDTH = 14;

  private final StringBuilder text = new StringBuilder();

  /** Begins with a title. */
  Facts(String title) {
    text.append(Text.clean(title)).append('\n');
  }

  /** Adds a line; none where there is no value. */
  Facts fact(String label, String value) {
    if (!value.isEmpty() && !value.equals("-")) {
      String lines = Text.clean(value).strip().replace("\n", "\n" + " ".repeat(LABEL_WIDTH + 2));
      text.append("  ").append(label).repeat(' ', LABEL_WIDTH - label.length()).append(lines);
      text.append('\n');
    }
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
