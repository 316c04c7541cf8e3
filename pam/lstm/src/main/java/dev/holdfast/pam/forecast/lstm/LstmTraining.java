package dev.holdfast.pam.forecast.lstm;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.holdfast.pam.model.Quantile;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A network while it is trained, in PyTorch. The same rows, rules and seed give the same weights:
 * what chance there is comes from the seed, and one thread adds up.
 */
final class LstmTraining implements AutoCloseable {
  private static final double[] SHARES =
      Arrays.stream(Quantile.values()).mapToDouble(Quantile::probability).toArray();

  static {
    // Read once, when the engine is loaded: nothing is fetched, and nobody is told.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
  }

  private final Lessons lessons;
  private final LstmRules rules;
  private final Random random;
  private final NDManager manager;
  private final Map<String, NDArray> weights = new LinkedHashMap<>();
  private final NDArray shares;
  private final NDArray sharesBelow;

  /** A network that knows nothing yet. */
  LstmTraining(Lessons lessons, LstmRules rules, long seed) {
    this.lessons = lessons;
    this.rules = rules;
    random = new Random(seed);
    manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
    shares = array(manager, floats(SHARES), new Shape(SHARES.length));
    sharesBelow = shares.sub(1);
    begin();
  }

  /** One training at a time: PyTorch's gradients are of the whole process. */
  static synchronized LstmModel train(Lessons lessons, LstmRules rules, long seed) {
    try (LstmTraining training = new LstmTraining(lessons, rules, seed)) {
      training.descend();
      return training.model();
    }
  }

  private void begin() {
    int width = lessons.evening().width();
    int states = rules.state();
    int units = rules.hidden();
    int gates = LstmModel.GATES * states;
    keep("input", matrix(Timeline.CHANNELS, gates, chance(Timeline.CHANNELS * gates, states)));
    keep("recurrent", matrix(states, gates, chance(states * gates, states)));
    keep("gates", array(manager, new float[gates], new Shape(gates)));
    keep("row", matrix(width, units, chance(width * units, width + states)));
    keep("state", matrix(states, units, chance(states * units, width + states)));
    keep("hidden", array(manager, new float[units], new Shape(units)));
    keep("out", matrix(units, SHARES.length, new float[units * SHARES.length]));
    keep("direct", matrix(width, SHARES.length, new float[width * SHARES.length]));
    keep("quantiles", array(manager, lessons.quantiles(SHARES), new Shape(SHARES.length)));
  }

  private NDArray matrix(int inputs, int outputs, float[] begins) {
    return array(manager, begins, new Shape(inputs, outputs));
  }

  /**
   * Numbers in PyTorch's own memory: that is aligned, where numbers are always added up in the same
   * order, and stays until nothing goes back over it any more.
   */
  private static NDArray array(NDManager scope, float[] numbers, Shape shape) {
    try (NDArray lent = scope.create(numbers, shape)) {
      return lent.duplicate();
    }
  }

  private void keep(String name, NDArray array) {
    array.setRequiresGradient(true);
    weights.put(name, array);
  }

  private NDArray weight(String name) {
    NDArray array = weights.get(name);
    if (array == null) {
      throw new IllegalStateException("no weights are called " + name);
    }
    return array;
  }

  private float[] chance(int count, int inputs) {
    float[] begins = new float[count];
    double widest = 1 / Math.sqrt(inputs);
    for (int i = 0; i < count; i++) {
      begins[i] = (float) (widest * (2 * random.nextDouble() - 1));
    }
    return begins;
  }

  /** Sees all rows so often, and learns. */
  void descend() {
    int batches = Math.ceilDiv(lessons.count(), rules.batch());
    Optimizer adam =
        Adam.builder()
            .optLearningRateTracker(
                Tracker.cosine()
                    .setBaseValue((float) rules.learningRate())
                    .optFinalValue(0)
                    .setMaxUpdates(rules.epochs() * batches)
                    .build())
            .build();
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      for (int epoch = 0; epoch < rules.epochs(); epoch++) {
        int[] order = lessons.shuffled(random);
        for (int batch = 0; batch < batches; batch++) {
          int from = batch * rules.batch();
          int to = Math.min(order.length, from + rules.batch());
          step(lessons.batch(order, from, to), collector, adam);
        }
      }
    }
  }

  private void step(Lessons.Batch batch, GradientCollector collector, Optimizer adam) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray said = say(scope, batch);
      NDArray above = array(scope, batch.labels, new Shape(batch.rows, 1)).sub(said);
      collector.backward(NDArrays.maximum(above.mul(shares), above.mul(sharesBelow)).mean());
    }
    weights.forEach(
        (name, array) -> {
          try (NDArray gradient = array.getGradient()) {
            adam.update(name, array, gradient);
            gradient.subi(gradient);
          }
        });
  }

  /** What it says of a batch while it learns: a row for each row, a column for each quantile. */
  NDArray say(NDManager scope, Lessons.Batch batch) {
    NDArray steps =
        array(scope, batch.steps, new Shape(batch.looks, Timeline.STEPS, Timeline.CHANNELS));
    NDArray known = remember(steps).matMul(weight("state")).add(weight("hidden"));
    NDArray members = array(scope, batch.members, new Shape(batch.rows, batch.looks));
    NDArray rows = array(scope, batch.even, new Shape(batch.rows, lessons.evening().width()));
    // Not the maximum with the number 0: PyTorch looks at that again when it goes back, from memory
    // that Java may have taken away by then.
    NDArray hidden = Activation.relu(members.matMul(known).add(rows.matMul(weight("row"))));
    return hidden
        .mul(array(scope, dropped(batch.rows), hidden.getShape()))
        .matMul(weight("out"))
        .add(rows.matMul(weight("direct")))
        .add(weight("quantiles"));
  }

  /** The state in which the LSTM ends after some steps. */
  private NDArray remember(NDArray steps) {
    NDArray entered = steps.matMul(weight("input")).add(weight("gates"));
    NDArray state = steps.getManager().zeros(new Shape(steps.getShape().get(0), rules.state()));
    NDArray cell = state;
    for (int step = 0; step < Timeline.STEPS; step++) {
      NDArray sums = entered.get(":, {}, :", step).add(state.matMul(weight("recurrent")));
      NDList gates = sums.split(LstmModel.GATES, 1);
      NDArray keeps = Activation.sigmoid(gates.get(1)).mul(cell);
      cell = keeps.add(Activation.sigmoid(gates.get(0)).mul(Activation.tanh(gates.get(2))));
      state = Activation.sigmoid(gates.get(3)).mul(Activation.tanh(cell));
    }
    return state;
  }

  /** For each row and hidden unit, what it counts: nothing, or so much more that all even out. */
  private float[] dropped(int rows) {
    float[] counts = new float[rows * rules.hidden()];
    float kept = (float) (1 / (1 - rules.dropped()));
    for (int i = 0; i < counts.length; i++) {
      counts[i] = random.nextFloat() < rules.dropped() ? 0 : kept;
    }
    return counts;
  }

  /** What it has learnt. */
  LstmModel model() {
    return new LstmModel(
        lessons.evening(),
        new Weights(
            List.of(
                weight("input").toFloatArray(),
                weight("recurrent").toFloatArray(),
                weight("gates").toFloatArray(),
                weight("row").toFloatArray(),
                weight("state").toFloatArray(),
                weight("hidden").toFloatArray(),
                weight("out").toFloatArray(),
                weight("direct").toFloatArray(),
                weight("quantiles").toFloatArray())));
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  @Override
  public void close() {
    manager.close();
  }
}
