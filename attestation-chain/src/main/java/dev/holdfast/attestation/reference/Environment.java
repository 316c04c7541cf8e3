package dev.holdfast.attestation.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A part of a device (draft-ietf-rats-corim, section 5.1.4.1): a class of parts, one instance, or a
 * group; at least one of them.
 *
 * @param classId identifies the class
 * @param vendor who makes it
 * @param model what it is called
 * @param layer its place in the boot order, from 0
 * @param index tells parts of one class apart, from 0
 * @param instance identifies the one part
 * @param group identifies a group of parts
 */
public record Environment(
    Optional<Identifier> classId,
    Optional<String> vendor,
    Optional<String> model,
    Optional<Long> layer,
    Optional<Long> index,
    Optional<Identifier> instance,
    Optional<Identifier> group) {
  /** Any part at all; only for questions, as no manifest may say so. */
  public static final Environment ANY =
      new Environment(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** A class by its identifier. */
  public static Environment ofClass(Identifier id) {
    return new Environment(
        Optional.of(id),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** A class by vendor and model. */
  public static Environment ofModel(String vendor, String model) {
    return new Environment(
        Optional.empty(),
        Optional.of(vendor),
        Optional.of(model),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same, of one instance. */
  public Environment withInstance(Identifier id) {
    return new Environment(classId, vendor, model, layer, index, Optional.of(id), group);
  }

  /** Whether it says anything of the class. */
  public boolean hasClass() {
    return classId.isPresent()
        || vendor.isPresent()
        || model.isPresent()
        || layer.isPresent()
        || index.isPresent();
  }

  /** Whether it says nothing at all. */
  public boolean isEmpty() {
    return equals(ANY);
  }

  /**
   * Whether a statement about this environment holds of another: all that this one says, the other
   * says too, in the same words (section 8.3.4.4.1).
   */
  public boolean covers(Environment actual) {
    return holds(classId, actual.classId)
        && holds(vendor, actual.vendor)
        && holds(model, actual.model)
        && holds(layer, actual.layer)
        && holds(index, actual.index)
        && holds(instance, actual.instance)
        && holds(group, actual.group);
  }

  private static <T> boolean holds(Optional<T> stated, Optional<T> actual) {
    return stated.isEmpty() || stated.equals(actual);
  }

  /** All that it says, in words. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    classId.ifPresent(id -> words.add("class " + id));
    vendor.ifPresent(text -> words.add("vendor " + text));
    model.ifPresent(text -> words.add("model " + text));
    layer.ifPresent(number -> words.add("layer " + number));
    index.ifPresent(number -> words.add("index " + number));
    instance.ifPresent(id -> words.add("instance " + id));
    group.ifPresent(id -> words.add("group " + id));
    return String.join(", ", words);
  }
}
