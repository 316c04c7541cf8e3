package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Expert;
import dev.holdfast.proto.forecast.v1.ExpertOpinion;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.forecast.v1.FeatureGroup;
import dev.holdfast.proto.forecast.v1.ModelReasons;
import dev.holdfast.proto.resource.v1.Resource;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** Why forecasts are what they are, for people. */
final class ExplanationViews {
  private static final int BAR_MAX = 12;
  private static final int STEP_MINUTES = 5;

  /** What raises an amount tenfold or more is not told in per cent. */
  private static final double PERCENT_MAX = 10;

  private static final MathContext DIGITS = new MathContext(3, RoundingMode.HALF_UP);

  private ExplanationViews() {}

  static String forecast(ExplainForecastResponse answer) {
    Resource resource = answer.getResource();
    String quantile = Text.word(answer.getQuantile()).toLowerCase(Locale.ROOT);
    String facts =
        new Facts("Forecast for " + answer.getResourceProfile())
            .fact("of", AmountOptions.word(resource) + " at " + quantile)
            .fact("from", time(answer.getInterval().getStartTime().getSeconds()))
            .fact("to", time(answer.getInterval().getEndTime().getSeconds()))
            .fact("amount", AmountOptions.print(resource, answer.getAmount()))
            .fact("level", Text.word(answer.getLevel()))
            .fact("confidence", number("%.2f", answer.getConfidence()))
            .toString();
    Table table = new Table("SAID BY", "WEIGHT", "AMOUNT");
    for (ExpertOpinion opinion : answer.getOpinionsList()) {
      table.row(
          expert(opinion.getExpert(), answer.getModelReasons().getModel()),
          ForecastViews.percent(opinion.getWeight()),
          rounded(resource, opinion.getAmount()));
    }
    table
        .row("all of them", "", rounded(resource, answer.getBlendedAmount()))
        .row("as forecasts held so far", "", rounded(resource, answer.getCalibratedAmount()))
        .row("with swings of samples", "", rounded(resource, answer.getSampleAmount()))
        .row("with other profiles", "", rounded(resource, answer.getAmount()));
    return facts + "\n" + table + "\n" + model(answer);
  }

  private static String expert(Expert expert, String model) {
    return switch (expert) {
      case EXPERT_MODEL -> Text.orDash(model);
      case EXPERT_SMOOTHING -> "smoothing";
      case EXPERT_RECENT -> "the last day as such";
      case EXPERT_UNSPECIFIED, UNRECOGNIZED -> "(unknown to this version)";
    };
  }

  private static String model(ExplainForecastResponse answer) {
    Resource resource = answer.getResource();
    if (!answer.hasModelReasons()) {
      return "No model forecasts " + AmountOptions.word(resource) + " yet.\n";
    }
    ModelReasons reasons = answer.getModelReasons();
    String model = Text.clean(reasons.getModel());
    if (reasons.getReasonsList().isEmpty()) {
      return model + " does not tell what moved it.\n";
    }
    StringBuilder text =
        new StringBuilder(
            "%s starts from smoothing's median, %s, of which it makes %s on average, and here %s:\n"
                .formatted(
                    model,
                    rounded(resource, reasons.getStartAmount()),
                    rounded(resource, reasons.getUsualAmount()),
                    rounded(resource, reasons.getAmount())));
    double most = Math.abs(reasons.getReasons(0).getEffect());
    for (ModelReasons.Reason reason : reasons.getReasonsList()) {
      text.append(bar(reason.getEffect() / most))
          .append(group(reason.getGroup()))
          .append(' ')
          .append(moved(resource, reason.getChange(), reasons.getAmount()));
      if (reason.getFeaturesCount() > 0) {
        text.append(", above all ").append(feature(reason.getFeatures(0), resource));
      }
      text.append(".\n");
    }
    return text.append(bar(reasons.getOtherEffect() / most))
        .append("Everything else ")
        .append(moved(resource, reasons.getOtherChange(), reasons.getAmount()))
        .append(".\n")
        .toString();
  }

  /** As long as its share of the strongest. */
  private static String bar(double share) {
    int blocks = Math.clamp(Math.round(BAR_MAX * Math.abs(share)), 0, BAR_MAX);
    return "  " + "█".repeat(blocks) + " ".repeat(BAR_MAX - blocks) + "  ";
  }

  /** By how much an amount is more or less than it would be without a change. */
  private static String moved(Resource resource, long change, long amount) {
    double without = (double) amount - change;
    double times = amount / without;
    if (change == 0) {
      return "leaves it as it is";
    }
    if (without <= 0) {
      return "makes it more than nothing";
    }
    if (times >= PERCENT_MAX) {
      return number("makes it %.0f times as much", times);
    }
    return "%s it by %s (%s)"
        .formatted(
            change > 0 ? "raises" : "lowers",
            ForecastViews.percent(Math.abs(times - 1)),
            rounded(resource, Math.abs(change)));
  }

  private static String feature(ModelReasons.Feature feature, Resource asked) {
    String other =
        feature.getResource() == asked ? "" : AmountOptions.word(feature.getResource()) + ": ";
    String value = feature.hasValue() ? value(feature, feature.getValue()) : "not known";
    return "%s%s (%s)".formatted(other, Text.clean(feature.getWords()), value);
  }

  private static String value(ModelReasons.Feature feature, double value) {
    return switch (feature.getUnit()) {
      case FEATURE_UNIT_AMOUNT ->
          (value < 0 ? "-" : "") + rounded(feature.getResource(), Math.round(Math.abs(value)));
      case FEATURE_UNIT_STEPS -> minutes(value * STEP_MINUTES);
      case FEATURE_UNIT_MINUTES, FEATURE_UNIT_COUNT -> number("%.0f", value);
      case FEATURE_UNIT_DAYS -> number("%.0f d", value);
      case FEATURE_UNIT_SHARE -> number("%.2f", value);
      case FEATURE_UNIT_MULTIPLE -> number("%.2f times", value);
      case FEATURE_UNIT_WEEKDAY ->
          DayOfWeek.of(Math.clamp((long) value, 1, 7)).getDisplayName(TextStyle.FULL, Locale.ROOT);
      case FEATURE_UNIT_TIME_OF_DAY -> LocalTime.MIN.plusMinutes((long) value) + " UTC";
      case FEATURE_UNIT_NAME, FEATURE_UNIT_UNSPECIFIED, UNRECOGNIZED -> number("%.3g", value);
    };
  }

  private static String minutes(double minutes) {
    return Math.abs(minutes) < 120 ? number("%.0f min", minutes) : number("%.1f h", minutes / 60);
  }

  private static String number(String form, double value) {
    return String.format(Locale.ROOT, form, value);
  }

  private static String group(FeatureGroup group) {
    return switch (group) {
      case FEATURE_GROUP_LATELY -> "What was used of late";
      case FEATURE_GROUP_TREND -> "Where usage was heading";
      case FEATURE_GROUP_VARIATION -> "How much usage varies";
      case FEATURE_GROUP_HIGHS -> "How high usage went";
      case FEATURE_GROUP_PEAKS -> "When peaks came";
      case FEATURE_GROUP_TIME_OF_DAY -> "What is usual at this time of day";
      case FEATURE_GROUP_DAY_BEFORE -> "What was used a day before";
      case FEATURE_GROUP_PAST_HOURS -> "What was used at this minute of past hours";
      case FEATURE_GROUP_RHYTHM -> "What was used one rhythm before";
      case FEATURE_GROUP_COMPANIONS -> "What was used of other resources";
      case FEATURE_GROUP_SMOOTHING -> "What smoothing says";
      case FEATURE_GROUP_CALENDAR -> "The time as such";
      case FEATURE_GROUP_SERIES -> "What size usage has, and how well it is known,";
      case FEATURE_GROUP_AHEAD -> "The time until then";
      case FEATURE_GROUP_CIRCUMSTANCES -> "What it is asked to do, and how hard that is,";
      case FEATURE_GROUP_KIND -> "What kind of workload it is";
      case FEATURE_GROUP_UNSPECIFIED, UNRECOGNIZED -> "What this version does not know";
    };
  }

  /** An amount to three digits. */
  private static String rounded(Resource resource, long amount) {
    long rounded = BigDecimal.valueOf(amount).round(DIGITS).longValue();
    return AmountOptions.print(resource, rounded);
  }

  private static String time(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }
}
