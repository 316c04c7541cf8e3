package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The form in which a model is kept: big-endian, led by a magic number and a version. */
final class ModelCodec {
  private static final int MAGIC = 0x48464d44;
  private static final int VERSION = 1;
  private static final int BOOSTER_MAX_BYTES = 16 << 20;
  private static final int OFFSETS = 4;

  private ModelCodec() {}

  static Bytes encode(XgboostModel model) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeUTF(model.id());
      out.writeInt(model.featureVersion());
      out.writeInt(model.card().seed());
      out.writeInt(model.card().rows());
      time(out, model.card().span().start());
      time(out, model.card().span().end());
      out.writeInt(model.boosters().size());
      for (Map.Entry<Resource, XgboostModel.Trees> entry : model.boosters().entrySet()) {
        out.writeInt(entry.getKey().number());
        out.writeDouble(entry.getValue().scale());
        for (double offset : entry.getValue().offsets()) {
          out.writeDouble(offset);
        }
        out.writeInt(entry.getValue().ubj().length());
        out.write(entry.getValue().ubj().toByteArray());
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Bytes.of(bytes.toByteArray());
  }

  static XgboostModel decode(Bytes content) {
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(content.toByteArray()))) {
      if (in.readInt() != MAGIC || in.readInt() != VERSION) {
        throw new IllegalArgumentException("these bytes are no model of this release");
      }
      String id = in.readUTF();
      int featureVersion = in.readInt();
      int seed = in.readInt();
      int rows = in.readInt();
      Interval span = new Interval(time(in), time(in));
      Map<Resource, XgboostModel.Trees> boosters = new EnumMap<>(Resource.class);
      int count = in.readInt();
      if (count < 0 || count > Resource.values().length) {
        throw new IllegalArgumentException("a model has a booster for each resource at most");
      }
      for (int i = 0; i < count; i++) {
        boosters.put(resource(in.readInt()), trees(in));
      }
      if (in.read() >= 0) {
        throw new IllegalArgumentException("bytes follow the model");
      }
      XgboostModel.Card card = new XgboostModel.Card(seed, rows, span);
      return new XgboostModel(id, featureVersion, boosters, card);
    } catch (IOException | DateTimeException | Refusal unreadable) {
      throw new IllegalArgumentException("these bytes are no model", unreadable);
    }
  }

  private static XgboostModel.Trees trees(DataInputStream in) throws IOException {
    double scale = in.readDouble();
    List<Double> offsets = new ArrayList<>();
    for (int i = 0; i < OFFSETS; i++) {
      offsets.add(in.readDouble());
    }
    int length = in.readInt();
    if (length < 0 || length > BOOSTER_MAX_BYTES || length > in.available()) {
      throw new IllegalArgumentException("a booster of " + length + " bytes");
    }
    return new XgboostModel.Trees(Bytes.of(in.readNBytes(length)), scale, offsets);
  }

  private static Resource resource(int number) {
    for (Resource resource : Resource.values()) {
      if (resource.number() == number) {
        return resource;
      }
    }
    throw new IllegalArgumentException("no resource has number " + number);
  }

  private static void time(DataOutputStream out, Instant time) throws IOException {
    out.writeLong(time.getEpochSecond());
    out.writeInt(time.getNano());
  }

  private static Instant time(DataInputStream in) throws IOException {
    return Instant.ofEpochSecond(in.readLong(), in.readInt());
  }
}
