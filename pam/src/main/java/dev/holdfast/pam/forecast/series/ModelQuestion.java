package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** One row that a model was asked with, and what it takes to give its numbers back as amounts. */
public final class ModelQuestion {
  private final float[] row;
  private final double anchor;
  private final double unit;
  private final double[] companionUnits;
  private final int secondOfDay;

  /**
   * A row.
   *
   * @param anchor the amount that the model's word starts from
   * @param unit the series' {@link SeriesState#unit}
   * @param companionUnits those of the other series of the workload
   * @param secondOfDay the middle of the step asked about
   */
  ModelQuestion(float[] row, double anchor, double unit, double[] companionUnits, int secondOfDay) {
    this.row = row.clone();
    this.anchor = anchor;
    this.unit = unit;
    this.companionUnits = companionUnits.clone();
    this.secondOfDay = secondOfDay;
  }

  /** {@link SeriesFeatures#COUNT} numbers; a copy. */
  public float[] row() {
    return row.clone();
  }

  /**
   * What moved the model's word at a quantile.
   *
   * @param contributions to what it says at each of its four quantiles
   */
  public Reasons reasons(List<Contributions> contributions, Quantile quantile) {
    // Each quantile is learnt by itself, so they may cross, and are put in order for an answer.
    Contributions own =
        contributions.stream()
            .sorted(Comparator.comparingDouble(Contributions::said))
            .toList()
            .get(quantile.number() - 1);
    Map<FeatureGroup, List<Reasons.Feature>> groups = new EnumMap<>(FeatureGroup.class);
    for (int i = 0; i < SeriesFeatures.COUNT; i++) {
      FeatureColumn column = SeriesFeatures.COLUMNS.get(i);
      groups
          .computeIfAbsent(column.group(), _ -> new ArrayList<>())
          .add(new Reasons.Feature(column, value(column, row[i]), own.columns().get(i)));
    }
    double said = own.said();
    List<Reasons.Reason> strongest =
        groups.entrySet().stream()
            .map(group -> reason(said, group.getKey(), group.getValue()))
            .filter(reason -> Math.abs(reason.effect().added()) >= Reasons.ADDED_MIN)
            .sorted(Comparator.comparingDouble(reason -> -Math.abs(reason.effect().added())))
            .limit(Reasons.STRONGEST_MAX)
            .toList();
    double told = strongest.stream().mapToDouble(reason -> reason.effect().added()).sum();
    return new Reasons(
        anchor,
        amount(own.base()),
        amount(said),
        strongest,
        effect(said, said - own.base() - told));
  }

  private Reasons.Reason reason(double said, FeatureGroup group, List<Reasons.Feature> features) {
    double added = features.stream().mapToDouble(Reasons.Feature::added).sum();
    return new Reasons.Reason(group, effect(said, added), features);
  }

  private Reasons.Effect effect(double said, double added) {
    return new Reasons.Effect(added, amount(said) - amount(said - added));
  }

  /** The amount that the model speaks of. */
  private double amount(double label) {
    return Labels.amount(label, anchor, unit);
  }

  private OptionalDouble value(FeatureColumn column, float number) {
    if (Float.isNaN(number) || column.unit() == FeatureUnit.NAME) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        switch (column.unit()) {
          case AMOUNT ->
              number * (column.companion() == 0 ? unit : companionUnits[column.companion() - 1]);
          case LOG_AMOUNT -> Math.expm1(number);
          case TIME_OF_DAY -> (double) secondOfDay / 60;
          case STEPS, DAYS, COUNT, SHARE, MINUTES, WEEKDAY, MULTIPLE, NAME -> number;
        });
  }
}
