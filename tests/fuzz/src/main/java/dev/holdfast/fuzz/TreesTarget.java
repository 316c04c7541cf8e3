package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.QuantileTrees;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.xgboost.TreeReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The file of a model of trees: any that is read is walked to its leaves. */
final class TreesTarget implements Target {
  private static final int QUANTILES = 4;

  @Override
  public Class<?> reader() {
    return TreeReader.class;
  }

  @Override
  public List<Bytes> seeds() {
    Bytes json =
        Bytes.utf8(
            """
            {"learner":{"attributes":{"%s":"%d"},"gradient_booster":{"model":{"tree_info":[1],\
            "trees":[{"split_conditions":[0.5,1,2],"split_indices":[3,0,0],"default_left":[1,0,0],\
            "left_children":[1,-1,-1],"right_children":[2,-1,-1]}]}},\
            "learner_model_param":{"base_score":"[0,1,2,3]"}}}\
            """
                .formatted(TreeReader.FEATURES_VERSION, SeriesFeatures.VERSION));
    Bytes binary = binary();
    // A seed that is no model would show nothing.
    walk(TreeReader.read(json));
    walk(TreeReader.read(binary));
    return List.of(json, binary);
  }

  /** The same in UBJSON. */
  private static Bytes binary() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeBytes("{");
      name(out, "learner", "{");
      name(out, "attributes", "{");
      name(out, TreeReader.FEATURES_VERSION, "S");
      text(out, Integer.toString(SeriesFeatures.VERSION));
      out.writeBytes("}");
      name(out, "gradient_booster", "{");
      name(out, "model", "{");
      name(out, "tree_info", "[i");
      out.writeBytes("\u0001]");
      name(out, "trees", "[#i\u0001{");
      name(out, "split_conditions", "[$d#i\u0003");
      for (float amount : new float[] {0.5f, 1, 2}) {
        out.writeFloat(amount);
      }
      whole(out, "split_indices", 3, 0, 0);
      whole(out, "default_left", 1, 0, 0);
      whole(out, "left_children", 1, -1, -1);
      whole(out, "right_children", 2, -1, -1);
      out.writeBytes("}}}");
      name(out, "learner_model_param", "{");
      name(out, "base_score", "S");
      text(out, "[0,1,2,3]");
      out.writeBytes("}}}");
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Bytes.of(bytes.toByteArray());
  }

  private static void name(DataOutputStream out, String name, String then) throws IOException {
    text(out, name);
    out.writeBytes(then);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    out.writeByte('L');
    out.writeLong(text.length());
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void whole(DataOutputStream out, String name, int... numbers) throws IOException {
    name(out, name, "[$l#i");
    out.writeByte(numbers.length);
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  @Override
  public void read(byte[] data) {
    try {
      walk(TreeReader.read(Bytes.of(data)));
    } catch (IllegalArgumentException none) {
      // Refused, as it may be.
    }
  }

  private static void walk(QuantileTrees trees) {
    float[] rows = new float[2 * SeriesFeatures.COUNT];
    Arrays.fill(rows, 0, SeriesFeatures.COUNT, Float.NaN);
    trees.say(rows, 2, new float[2 * QUANTILES]);
  }
}
