package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A small learner: how much more than the last value each quantile is, drawn from a seeded part of
 * what it has seen. The last tenth is set aside.
 */
final class RatioTrainer implements ModelTrainer {
  private static final int DRAWS = 4000;

  static final Instant START = Instant.parse("2026-03-02T00:00:00Z");

  private final ModelKind kind;
  private final Map<Resource, double[]> series = new EnumMap<>(Resource.class);

  /** What training waits for. */
  CountDownLatch gate = new CountDownLatch(0);

  /** One that says that it learns so. */
  RatioTrainer(ModelKind kind) {
    this.kind = kind;
  }

  /** Learns from this from now on. */
  void seen(Resource resource, double... values) {
    series.put(resource, values.clone());
  }

  @Override
  public ModelKind kind() {
    return kind;
  }

  @Override
  public Optional<Course> gather(Instant until) {
    return series.isEmpty() ? Optional.empty() : Optional.of(new Ratios(new EnumMap<>(series)));
  }

  @Override
  public Trained imported(Resource resource, Bytes content) {
    String line = new String(content.toByteArray(), StandardCharsets.UTF_8);
    if (line.split(" ").length != Quantile.values().length) {
      throw new IllegalArgumentException("no ratio for each quantile");
    }
    return new Trained(Bytes.utf8(resource + " " + line), Optional.empty(), 0, 1, new TreeMap<>());
  }

  private final class Ratios implements Course {
    private final Map<Resource, double[]> values;

    Ratios(Map<Resource, double[]> values) {
      this.values = values;
    }

    @Override
    public Trained train(long seed, CpuShare share) throws InterruptedException {
      gate.await();
      StringBuilder text = new StringBuilder();
      int rows = 0;
      for (Map.Entry<Resource, double[]> entry : values.entrySet()) {
        int known = entry.getValue().length * 9 / 10;
        rows = Math.max(rows, known);
        Random random = new Random(seed);
        double[] ratios = new double[DRAWS];
        for (int i = 0; i < ratios.length; i++) {
          int at = 1 + random.nextInt(known - 1);
          ratios[i] = entry.getValue()[at] / entry.getValue()[at - 1];
        }
        Arrays.sort(ratios);
        text.append(entry.getKey());
        for (Quantile quantile : Quantile.values()) {
          text.append(' ').append(ratios[(int) (quantile.probability() * (ratios.length - 1))]);
        }
        text.append('\n');
        share.rest();
      }
      return new Trained(
          Bytes.utf8(text.toString()),
          Optional.of(Interval.from(START, Duration.ofSeconds(rows))),
          rows,
          1,
          new TreeMap<>(Map.of("draws", Integer.toString(DRAWS))));
    }

    @Override
    public Map<Resource, Evaluation> evaluate(Bytes artefact) {
      Map<Resource, Evaluation> figures = new EnumMap<>(Resource.class);
      new String(artefact.toByteArray(), StandardCharsets.UTF_8)
          .lines()
          .forEach(
              line -> {
                String[] words = line.split(" ");
                Resource resource = Resource.valueOf(words[0]);
                double[] ratios =
                    Arrays.stream(words).skip(1).mapToDouble(Double::parseDouble).toArray();
                Optional.ofNullable(values.get(resource))
                    .ifPresent(seen -> figures.put(resource, examined(seen, ratios)));
              });
      return figures;
    }

    private Evaluation examined(double[] seen, double[] ratios) {
      double own = 0;
      double repeating = 0;
      long[] held = new long[ratios.length];
      int count = 0;
      for (int at = seen.length * 9 / 10; at < seen.length; at++) {
        count++;
        for (Quantile quantile : Quantile.values()) {
          int q = quantile.number() - 1;
          double forecast = seen[at - 1] * ratios[q];
          own += pinball(quantile.probability(), forecast, seen[at]);
          repeating += pinball(quantile.probability(), seen[at - 1], seen[at]);
          held[q] += seen[at] <= forecast ? 1 : 0;
        }
      }
      return new Evaluation(
          count, own / repeating, new Coverage(count, held[0], held[1], held[2], held[3]));
    }
  }

  private static double pinball(double probability, double forecast, double outcome) {
    double off = outcome - forecast;
    return off >= 0 ? probability * off : (probability - 1) * off;
  }
}
