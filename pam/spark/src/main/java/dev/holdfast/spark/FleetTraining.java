package dev.holdfast.spark;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.XGBoostError;
import ml.dmlc.xgboost4j.scala.Booster;
import ml.dmlc.xgboost4j.scala.spark.ColumnIndices;
import ml.dmlc.xgboost4j.scala.spark.RuntimeParams;
import ml.dmlc.xgboost4j.scala.spark.XGBoost;
import ml.dmlc.xgboost4j.scala.spark.XGBoostRegressor;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;
import scala.collection.JavaConverters;

/**
 * Trains the model of one resource on the rows of a fleet, on the workers of a Spark cluster, just
 * as {@code holdfast} trains one on its own; its UBJSON is what {@code holdfast models import}
 * takes. See {@code ops/docs/fleet.md}.
 */
public final class FleetTraining {
  private static final String FEATURES = "features";
  private static final String LABEL = "label";

  /** What the attribute of a model is called that says what its columns mean. */
  static final String VERSION = "holdfast_features_version";

  private FleetTraining() {}

  /**
   * Runs the job.
   *
   * @param arguments the file that the model goes to, the number of workers, and folders of rows
   */
  public static void main(String[] arguments) throws IOException, XGBoostError {
    if (arguments.length < 3) {
      throw new IllegalArgumentException("Usage: FleetTraining MODEL WORKERS ROWS...");
    }
    List<String> all = List.of(arguments);
    int workers = Integer.parseInt(all.get(1));
    try (SparkSession spark = SparkSession.builder().appName("holdfast-training").getOrCreate()) {
      Configuration hadoop = spark.sparkContext().hadoopConfiguration();
      RowFolders rows = RowFolders.open(all.subList(2, all.size()), hadoop);
      byte[] model = train(spark, rows, workers);
      Path place = new Path(all.get(0));
      try (OutputStream out = place.getFileSystem(hadoop).create(place, true)) {
        out.write(model);
      }
    }
  }

  /**
   * A model of all rows of some folders.
   *
   * <p>The estimator of XGBoost4J-Spark knows nothing of {@code quantile_alpha}, without which one
   * quantile is learnt instead of four. So it spreads the rows over the workers here, and what it
   * would have them do is done with the settings of the rows instead of its own.
   *
   * @param workers how many train together, 1 or more; each needs a task slot at the same time
   * @return XGBoost's UBJSON
   */
  static byte[] train(SparkSession spark, RowFolders rows, int workers) throws XGBoostError {
    XGBoostRegressor spread = new XGBoostRegressor();
    spread.setFeaturesCol(FEATURES);
    spread.setLabelCol(LABEL);
    spread.setMissing(Float.NaN);
    spread.setNumRound(rows.rounds());
    spread.setNumWorkers(workers);
    Tuple2<Dataset<?>, ColumnIndices> table = spread.preprocess(table(spark, rows));
    RuntimeParams runtime =
        spread.getRuntimeParameters(
            spark.sparkContext().isLocal(), spread.getRuntimeParameters$default$2());
    Booster booster =
        XGBoost.train(spread.toRdd(table._1(), table._2()), runtime, settings(spread, rows))._1();
    booster.setAttr(VERSION, Integer.toString(rows.featuresVersion()));
    return booster.toByteArray("ubj");
  }

  private static scala.collection.immutable.Map<String, Object> settings(
      XGBoostRegressor spread, RowFolders rows) {
    Map<String, Object> settings =
        new HashMap<>(JavaConverters.mapAsJavaMap(spread.getXGBoostParams()));
    settings.putAll(rows.parameters());
    return scala.collection.immutable.Map$.MODULE$
        .<String, Object>empty()
        .$plus$plus(JavaConverters.mapAsScalaMap(settings));
  }

  private static Dataset<Row> table(SparkSession spark, RowFolders rows) {
    int columns = rows.columns();
    JavaRDD<Row> parsed =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .binaryRecords(String.join(",", rows.files()), rows.recordBytes())
            .map(record -> row(record, columns));
    StructType schema =
        new StructType()
            .add(FEATURES, SQLDataTypes.VectorType(), false)
            .add(LABEL, DataTypes.FloatType, false);
    return spark.createDataFrame(parsed, schema);
  }

  private static Row row(byte[] record, int columns) {
    ByteBuffer numbers = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    double[] features = new double[columns];
    for (int i = 0; i < columns; i++) {
      features[i] = numbers.getFloat();
    }
    return RowFactory.create(Vectors.dense(features), numbers.getFloat());
  }
}
