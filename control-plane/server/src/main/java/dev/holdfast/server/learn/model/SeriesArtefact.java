package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.model.Resource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The models of several resources as one: big-endian, led by a magic number, a version and that of
 * the features; then for each resource its number, a length, and what its learner gave.
 *
 * @param models for each resource, the bytes that its learner gave
 */
public record SeriesArtefact(Map<Resource, Bytes> models) {
  private static final int MAGIC = 0x48465354;
  private static final int VERSION = 1;

  /** Copies. */
  public SeriesArtefact {
    EnumMap<Resource, Bytes> copy = new EnumMap<>(Resource.class);
    copy.putAll(models);
    models = Collections.unmodifiableMap(copy);
  }

  /** All of it as bytes; the same models give the same. */
  public Bytes toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeInt(SeriesFeatures.VERSION);
      out.writeInt(models.size());
      for (Map.Entry<Resource, Bytes> entry : models.entrySet()) {
        out.writeInt(entry.getKey().number());
        out.writeInt(entry.getValue().length());
        out.write(entry.getValue().toByteArray());
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Bytes.of(bytes.toByteArray());
  }

  /**
   * Reads what {@link #toBytes} gave.
   *
   * @throws IllegalArgumentException if it is anything else, or of another release's features
   */
  public static SeriesArtefact read(Bytes content) {
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(content.toByteArray()))) {
      if (in.readInt() != MAGIC
          || in.readInt() != VERSION
          || in.readInt() != SeriesFeatures.VERSION) {
        throw new IllegalArgumentException("these bytes are no model of this release");
      }
      int count = in.readInt();
      if (count < 0 || count > Resource.values().length) {
        throw new IllegalArgumentException("a model has a part for each resource at most");
      }
      Map<Resource, Bytes> models = new EnumMap<>(Resource.class);
      for (int i = 0; i < count; i++) {
        Resource resource = resource(in.readInt());
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
          throw new IllegalArgumentException("a model of " + length + " bytes");
        }
        if (models.put(resource, Bytes.of(in.readNBytes(length))) != null) {
          throw new IllegalArgumentException("a resource has a model once");
        }
      }
      if (in.read() >= 0) {
        throw new IllegalArgumentException("bytes follow the model");
      }
      return new SeriesArtefact(models);
    } catch (IOException cut) {
      throw new IllegalArgumentException("these bytes are no model", cut);
    }
  }

  private static Resource resource(int number) {
    for (Resource resource : Resource.values()) {
      if (resource.number() == number) {
        return resource;
      }
    }
    throw new IllegalArgumentException("no resource has number " + number);
  }
}
