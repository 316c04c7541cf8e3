package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelKind;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * One way to learn. Training and examining are called on one platform thread of their own, where
 * native code may block; gathering, and handing out rows, may be called on any.
 */
public interface ModelTrainer {
  /** About how many rows a model of one resource is trained on. */
  int ROWS_WANTED = 120_000;

  /** Which way. */
  ModelKind kind();

  /**
   * Gathers what there is to learn from, and sets part of it aside; empty where that is too little.
   * Models of every kind are compared on what is set aside for the same time.
   *
   * @param until usage that ended later does not count
   */
  Optional<Course> gather(Instant until);

  /**
   * A model of one resource that was trained elsewhere, as {@link Course#train} would give it.
   *
   * @param content what the learner's library wrote
   * @throws IllegalArgumentException if it is no model, or none of this release's columns
   */
  Trained imported(Resource resource, Bytes content);

  /** What there is to learn from, and to be examined by. */
  interface Course {
    /**
     * Trains; the same usage and seed give the same bytes.
     *
     * @param share rested by between one piece of work and the next
     */
    Trained train(long seed, CpuShare share) throws InterruptedException;

    /**
     * How a model does on what was set aside.
     *
     * @param artefact what {@link #train} gave, at some time, in a trainer of this kind
     * @throws IllegalArgumentException if it is no model of this release
     */
    Map<Resource, Evaluation> evaluate(Bytes artefact);

    /**
     * Hands out the rows that {@link #train} learns a resource from; none of them tells what was
     * set aside. A way of learning that knows no such rows has none.
     *
     * @param wanted about how many: of more, some are left out evenly, and up to twice as many stay
     */
    default void rows(Resource resource, long wanted, RowSink into) {}
  }

  /**
   * A model, before it is examined.
   *
   * @param artefact all of it
   * @param span the time of the usage that it learnt from; empty where that was elsewhere
   * @param samples how many samples that were; 0 where that was elsewhere
   * @param featuresVersion what the columns mean that it looks at
   * @param parameters how it was trained
   */
  record Trained(
      Bytes artefact,
      Optional<Interval> span,
      long samples,
      int featuresVersion,
      SortedMap<String, String> parameters) {}
}
