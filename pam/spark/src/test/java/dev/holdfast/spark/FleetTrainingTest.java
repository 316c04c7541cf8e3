package dev.holdfast.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FleetTrainingTest {
  private static final int COLUMNS = 5;
  private static final int ROUNDS = 20;
  private static final Map<String, String> SETTINGS =
      Map.of(
          "objective", "reg:quantileerror",
          "quantile_alpha", "[0.5,0.9,0.95,0.99]",
          "tree_method", "hist",
          "max_bin", "64",
          "max_depth", "4",
          "eta", "0.3",
          "seed", "7");

  @TempDir private Path folder = Path.of("");

  private static String header(int records) {
    String parameters =
        SETTINGS.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
            .collect(Collectors.joining(","));
    String columns =
        IntStream.range(0, COLUMNS).mapToObj(i -> "\"c" + i + "\",").collect(Collectors.joining());
    return "{\"format\":\"holdfast-training-rows\",\"version\":1,\"featuresVersion\":9,"
        + "\"resource\":\"cpu\",\"records\":"
        + records
        + ",\"recordBytes\":"
        + 4 * (COLUMNS + 1)
        + ",\"number\":\"float32\",\"byteOrder\":\"little-endian\",\"training\":{\"rounds\":"
        + ROUNDS
        + ",\"parameters\":{"
        + parameters
        + "}},\"columns\":["
        + columns
        + "\"label\"]}";
  }

  /** Labels between nothing and the first column; the second column is often missing. */
  private static float[][] rows(int seed, int count) {
    Random random = new Random(seed);
    float[][] rows = new float[count][COLUMNS + 1];
    for (float[] row : rows) {
      for (int i = 0; i < COLUMNS; i++) {
        row[i] = random.nextFloat();
      }
      row[1] = random.nextInt(3) == 0 ? Float.NaN : row[1];
      row[COLUMNS] = row[0] * random.nextFloat();
    }
    return rows;
  }

  private String write(String name, float[][] rows) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    Files.writeString(place.resolve(RowFolders.HEADER), header(rows.length));
    ByteBuffer bytes =
        ByteBuffer.allocate(rows.length * 4 * (COLUMNS + 1)).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float number : row) {
        bytes.putFloat(number);
      }
    }
    Files.write(place.resolve(RowFolders.RECORDS), bytes.array());
    return place.toString();
  }

  @Test
  void twoWorkersLearnTheFourQuantilesOfAllFolders() throws Exception {
    String one = write("one", rows(1, 3000));
    String other = write("other", rows(2, 3001));
    Path file = folder.resolve("cpu.ubj");
    FleetTraining.main(new String[] {file.toString(), "2", one, other});
    Booster booster = XGBoost.loadModel(Files.readAllBytes(file));
    assertEquals("9", booster.getAttr(FleetTraining.VERSION));
    assertEquals(COLUMNS, booster.getNumFeature());
    assertEquals(ROUNDS, booster.getNumBoostedRound());
    float[][] asked = rows(3, 2000);
    float[] features = new float[asked.length * COLUMNS];
    for (int i = 0; i < asked.length; i++) {
      System.arraycopy(asked[i], 0, features, i * COLUMNS, COLUMNS);
    }
    DMatrix matrix = new DMatrix(features, asked.length, COLUMNS, Float.NaN);
    float[][] said = booster.predict(matrix);
    double[] held = new double[4];
    for (int i = 0; i < asked.length; i++) {
      assertEquals(4, said[i].length);
      for (int q = 0; q < 4; q++) {
        held[q] += asked[i][COLUMNS] <= said[i][q] ? 1.0 / asked.length : 0;
      }
    }
    assertEquals(0.5, held[0], 0.05);
    assertEquals(0.9, held[1], 0.04);
    assertEquals(0.95, held[2], 0.03);
    assertEquals(0.99, held[3], 0.02);
    matrix.dispose();
    booster.dispose();
  }

  /**
   * Trains on what the tests of {@code pam} wrote; those of {@code tests/conformance} look at it.
   */
  @Test
  void rowsOfHoldfastTeachAModelForHoldfast() throws Exception {
    Path root = Path.of(System.getProperty("holdfast.root"));
    Path rows = root.resolve("pam/target/fleet/cpu");
    assertTrue(
        Files.isDirectory(rows), rows + " is written by FleetRowsTest of pam: run that first");
    Path file = Files.createDirectories(Path.of("target", "fleet")).resolve("cpu.ubj");
    FleetTraining.main(new String[] {file.toUri().toString(), "2", rows.toString()});
    RowFolders header = RowFolders.open(List.of(rows.toString()), new Configuration());
    Booster booster = XGBoost.loadModel(Files.readAllBytes(file));
    assertEquals(header.columns(), booster.getNumFeature());
    assertEquals(header.rounds(), booster.getNumBoostedRound());
    booster.dispose();
  }

  @Test
  void foldersThatDoNotBelongTogetherAreRefused() throws IOException {
    Configuration hadoop = new Configuration();
    String one = write("one", rows(1, 10));
    String other = write("other", rows(2, 10));
    Path header = Path.of(other).resolve(RowFolders.HEADER);
    assertEquals(20, RowFolders.open(List.of(one, other), hadoop).records());
    for (String[] change :
        new String[][] {
          {"\"cpu\"", "\"net\""},
          {"\"featuresVersion\":9", "\"featuresVersion\":8"},
          {"\"rounds\":20", "\"rounds\":21"},
          {"little-endian", "big-endian"},
          {"\"version\":1", "\"version\":2"}
        }) {
      assertTrue(header(10).contains(change[0]), change[0]);
      Files.writeString(header, header(10).replace(change[0], change[1]));
      assertThrows(
          IllegalArgumentException.class,
          () -> RowFolders.open(List.of(one, other), hadoop),
          change[1]);
    }
  }

  @Test
  void aFolderThatWasCutShortIsRefused() throws IOException {
    String one = write("one", rows(1, 10));
    try (RandomAccessFile file =
        new RandomAccessFile(Path.of(one).resolve(RowFolders.RECORDS).toFile(), "rw")) {
      file.setLength(file.length() - 1);
    }
    assertThrows(
        IllegalArgumentException.class, () -> RowFolders.open(List.of(one), new Configuration()));
  }
}
