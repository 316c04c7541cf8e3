package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of a server: which there are, which of them forecasts what, and the training of the
 * next one, in the background and within a share of one core. Safe for several threads.
 */
public final class Models implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Models.class);

  /** A history that has grown by this part of it has something new to say. */
  private static final int GROWTH = 10;

  private static final Duration PAUSE_MIN = Duration.ofMinutes(10);

  private final ModelShelf shelf;
  private final Map<ModelKind, ModelTrainer> trainers = new EnumMap<>(ModelKind.class);
  private final ServerConfig.Training rules;
  private final Journal journal;
  private final InstantSource clock;
  private final ExecutorService training =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("holdfast-training").daemon().factory());
  private final Map<ModelKind, Instant> begun = new EnumMap<>(ModelKind.class);
  private Optional<Progress> latest = Optional.empty();

  /**
   * What is trained.
   *
   * @param kind how it learns
   * @param seed of every random choice
   * @param activate whether to activate it where it is better
   */
  public record Order(ModelKind kind, long seed, boolean activate) {}

  /**
   * How far a training is.
   *
   * @param order what is trained
   * @param startedAt when it began
   * @param end when and how it ended; empty while it goes on
   */
  public record Progress(Order order, Instant startedAt, Optional<End> end) {}

  /**
   * How a training ended.
   *
   * @param at when
   * @param model what it gave; empty where it gave nothing
   * @param words what came of it
   */
  public record End(Instant at, Optional<ModelId> model, String words) {}

  /**
   * A model that forecasts a resource.
   *
   * @param card where it comes from
   * @param artefact all of it
   */
  public record Serving(ModelCard card, Bytes artefact) {}

  /**
   * Models on a shelf, trained in these ways.
   *
   * @throws Refusal with NOT_TRAINED_HERE if a kind that is to be trained unasked is not among them
   */
  public Models(
      ModelShelf shelf,
      List<? extends ModelTrainer> trainers,
      ServerConfig.Training rules,
      Journal journal,
      InstantSource clock) {
    this.shelf = shelf;
    this.rules = rules;
    this.journal = journal;
    this.clock = clock;
    trainers.forEach(trainer -> this.trainers.put(trainer.kind(), trainer));
    rules.kinds().forEach(this::trainer);
  }

  /**
   * Opens the models in a folder, which are signed by an authority.
   *
   * @throws IOException if the folder cannot be read
   */
  public static Models open(
      Path folder,
      CertificateAuthority authority,
      List<? extends ModelTrainer> trainers,
      ServerConfig.Training rules,
      Journal journal,
      InstantSource clock)
      throws IOException {
    ModelShelf shelf =
        ModelShelf.open(folder, authority.signer(), authority.root().getPublicKey(), journal);
    return new Models(shelf, trainers, rules, journal, clock);
  }

  /** Every model, newest first. */
  public List<ModelShelf.Kept> list() {
    return shelf.models();
  }

  /** One model. */
  public ModelShelf.Kept get(ModelId id) {
    return shelf.model(id).orElseThrow(() -> new Refusal(new Problem.NotFound(id.toString())));
  }

  /** Which model forecasts what. */
  public Champions champions() {
    return shelf.champions();
  }

  /**
   * The model that forecasts a resource: the champion, or who was before it if the champion's bytes
   * are no longer what was signed; empty where there is none.
   */
  public Optional<Serving> serving(Resource resource) {
    return champions().lines().getOrDefault(resource, List.of()).stream()
        .flatMap(id -> serving(id).stream())
        .findFirst();
  }

  /**
   * The model of one kind that forecasts a resource: the champion where it is of that kind, else
   * the newest that is better than repeating the last value. Where there is none, the champion all
   * the same.
   */
  public Optional<Serving> serving(Resource resource, ModelKind kind) {
    Optional<Serving> champion = serving(resource);
    if (champion.isPresent() && champion.get().card().kind() == kind) {
      return champion;
    }
    return list().stream()
        .map(ModelShelf.Kept::card)
        .filter(card -> card.kind() == kind && betterThanRepeating(card, resource))
        .flatMap(card -> serving(card.id()).stream())
        .findFirst()
        .or(() -> champion);
  }

  private static boolean betterThanRepeating(ModelCard card, Resource resource) {
    Evaluation figure = card.figures().get(resource);
    return figure != null && figure.betterThanRepeating();
  }

  private Optional<Serving> serving(ModelId id) {
    return shelf.artefact(id).map(artefact -> new Serving(get(id).card(), artefact));
  }

  /** Makes a model the champion where it is better, or by force wherever it forecasts. */
  public synchronized ModelShelf.Kept activate(ModelId id, boolean force) {
    ModelShelf.Kept kept = get(id);
    change(id, "activated", champions().activate(kept.card(), force, clock.instant()));
    return kept;
  }

  /** Puts the predecessor of a champion back. */
  public synchronized ModelShelf.Kept rollback(ModelId champion) {
    ModelShelf.Kept kept = get(champion);
    change(champion, "rolled_back", champions().rollback(champion, clock.instant()));
    return kept;
  }

  /** Pins a champion, or lets it go. */
  public synchronized ModelShelf.Kept pin(ModelId champion, boolean stays) {
    ModelShelf.Kept kept = get(champion);
    change(
        champion,
        stays ? "pinned" : "released",
        champions().pinned(champion, stays, clock.instant()));
    return kept;
  }

  private void change(ModelId model, String change, Champions next) {
    shelf.champion(next);
    Map<Resource, String> leading = new EnumMap<>(Resource.class);
    next.lines().forEach((resource, line) -> leading.put(resource, line.getFirst().id()));
    journal.record(new Event.ChampionsChanged(model.id(), change, leading));
  }

  /**
   * Begins to train, unless a training goes on.
   *
   * @return what is trained now
   * @throws Refusal with NOT_TRAINED_HERE if this server does not learn that way
   */
  public synchronized Progress train(Order order) {
    ModelTrainer trainer = trainer(order.kind());
    if (running()) {
      return latest.orElseThrow();
    }
    Progress next = begin(order, progress -> trained(trainer, progress));
    begun.put(order.kind(), next.startedAt());
    return next;
  }

  /**
   * Begins to examine a model of one resource that was trained elsewhere, and keeps it.
   *
   * @param order how it learnt, and whether to activate it where it is better
   * @param content what the library that trained it wrote
   * @throws Refusal with MODEL_UNREADABLE if it is no model of this release, or with ILLEGAL_STATE
   *     while a training goes on
   */
  public synchronized Progress take(Order order, Resource resource, Bytes content) {
    ModelTrainer trainer = trainer(order.kind());
    if (running()) {
      throw new Refusal(
          new Problem.IllegalState(
              "models/-", "TRAINING", "One model is trained or examined at a time: wait for it."));
    }
    ModelTrainer.Trained model = read(trainer, resource, content);
    return begin(
        order,
        progress ->
            examined(model, Set.of(resource), trainer.gather(progress.startedAt()), progress));
  }

  /**
   * What there is to learn from in a way now; empty where that is too little.
   *
   * @throws Refusal with ILLEGAL_STATE if this server does not learn that way
   */
  public Optional<ModelTrainer.Course> course(ModelKind kind) {
    return trainer(kind).gather(clock.instant());
  }

  /** Reads a model where native code may. */
  private ModelTrainer.Trained read(ModelTrainer trainer, Resource resource, Bytes content) {
    try {
      return training.submit(() -> trainer.imported(resource, content)).get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IllegalArgumentException) {
        throw new Refusal(
            new AccessProblem.CallRefused(
                Problem.Kind.INVALID_ARGUMENT,
                "MODEL_UNREADABLE",
                "this is no model of four quantiles over the columns of this release:"
                    + " train it on rows that this release wrote",
                Map.of("features_version", Integer.toString(SeriesFeatures.VERSION))));
      }
      throw new IllegalStateException(failed);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stopping);
    }
  }

  /** Something that gives a model. */
  private interface Work {
    End done(Progress begun) throws InterruptedException;
  }

  private Progress begin(Order order, Work work) {
    Progress progress = new Progress(order, clock.instant(), Optional.empty());
    latest = Optional.of(progress);
    training.execute(() -> run(work, progress));
    return progress;
  }

  private ModelTrainer trainer(ModelKind kind) {
    return Optional.ofNullable(trainers.get(kind))
        .orElseThrow(
            () ->
                new Refusal(
                    new Problem.IllegalState(
                        "models/-",
                        "NOT_TRAINED_HERE",
                        "Models of kind "
                            + kind
                            + " are learnt by a module that is not on this server's class path."
                            + " Start it with HOLDFAST_WITH=lstm; see ops/docs/lstm.md.")));
  }

  /** The training that goes on, or the latest since the start. */
  public synchronized Optional<Progress> latest() {
    return latest;
  }

  /**
   * Trains a kind that was not trained for an interval, if no training goes on; while there is
   * little to learn from, whenever that has grown by a tenth.
   */
  public synchronized void pass() {
    for (ModelKind kind : ModelKind.values()) {
      if (rules.kinds().contains(kind) && !running() && due(kind)) {
        train(new Order(kind, 0, true));
      }
    }
  }

  private boolean due(ModelKind kind) {
    Optional<ModelCard> newest =
        list().stream()
            .map(ModelShelf.Kept::card)
            .filter(card -> card.kind() == kind && card.span().isPresent())
            .findFirst();
    Optional<Instant> last =
        Optional.ofNullable(begun.get(kind)).or(() -> newest.map(ModelCard::trainedAt));
    Duration history =
        newest
            .map(card -> Duration.between(card.span().orElseThrow().start(), card.trainedAt()))
            .orElse(Duration.ZERO);
    Duration pause = pause(history, rules.interval());
    return last.map(at -> at.plus(pause).isBefore(clock.instant())).orElse(true);
  }

  /** How long models of some history serve before the next are trained. */
  private static Duration pause(Duration history, Duration interval) {
    Duration grown = history.dividedBy(GROWTH);
    Duration young = grown.compareTo(PAUSE_MIN) > 0 ? grown : PAUSE_MIN;
    return young.compareTo(interval) < 0 ? young : interval;
  }

  private boolean running() {
    return latest.isPresent() && latest.get().end().isEmpty();
  }

  private void run(Work work, Progress begun) {
    End end;
    try {
      end = work.done(begun);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      end = ended(Optional.empty(), "the server is stopping");
    } catch (RuntimeException bug) {
      LOG.error("training failed", bug);
      end = ended(Optional.empty(), "a bug of ours, which the log tells of");
    }
    synchronized (this) {
      latest = Optional.of(new Progress(begun.order(), begun.startedAt(), Optional.of(end)));
    }
  }

  private End trained(ModelTrainer trainer, Progress begun) throws InterruptedException {
    Optional<ModelTrainer.Course> course = trainer.gather(begun.startedAt());
    if (course.isEmpty()) {
      return ended(Optional.empty(), "there is too little usage to learn from yet");
    }
    ModelTrainer.Trained trained =
        course.get().train(begun.order().seed(), CpuShare.of(rules.cpuShare()));
    return examined(trained, Set.of(), course, begun);
  }

  /**
   * Keeps a model with its card, and activates it where it is to be.
   *
   * @param claimed resources that it forecasts even where it cannot be asked about them
   */
  private End examined(
      ModelTrainer.Trained trained,
      Set<Resource> claimed,
      Optional<ModelTrainer.Course> course,
      Progress begun) {
    Order order = begun.order();
    Map<Resource, Evaluation> figures = new EnumMap<>(Resource.class);
    claimed.forEach(resource -> figures.put(resource, Evaluation.NONE));
    course.ifPresent(one -> figures.putAll(one.evaluate(trained.artefact())));
    ModelCard card =
        new ModelCard(
            ModelId.of(order.kind(), trained.artefact()),
            order.kind(),
            Sha256.of(trained.artefact()),
            trained.artefact().length(),
            trained.span(),
            trained.samples(),
            order.seed(),
            trained.featuresVersion(),
            trained.parameters(),
            figures,
            course.map(one -> champions(order.kind(), one, begun.startedAt())).orElse(Map.of()),
            clock.instant());
    shelf.put(trained.artefact(), card);
    journal.record(
        new Event.Trained(
            card.id().id(),
            (int) Math.min(card.samples(), Integer.MAX_VALUE),
            Duration.between(begun.startedAt(), clock.instant())));
    List<Resource> better = card.figures().keySet().stream().filter(card::better).toList();
    if (order.activate() && !better.isEmpty()) {
      try {
        activate(card.id(), false);
        return ended(Optional.of(card.id()), "it is better in " + better + ", and champion there");
      } catch (Refusal held) {
        return ended(Optional.of(card.id()), held.problem().message());
      }
    }
    return ended(
        Optional.of(card.id()),
        better.isEmpty() ? "it is better in nothing" : "it is better in " + better);
  }

  /** How the champions do on what this course set aside, each in the resources that it leads. */
  private Map<Resource, Evaluation> champions(
      ModelKind kind, ModelTrainer.Course course, Instant until) {
    Map<Resource, Evaluation> figures = new EnumMap<>(Resource.class);
    Map<ModelId, Map<Resource, Evaluation>> byModel = new HashMap<>();
    for (Resource resource : new ArrayList<>(champions().lines().keySet())) {
      Optional<Serving> champion = serving(resource);
      if (champion.isPresent()) {
        ModelCard card = champion.get().card();
        Optional<ModelTrainer.Course> examiner =
            card.kind() == kind
                ? Optional.of(course)
                : Optional.ofNullable(trainers.get(card.kind()))
                    .flatMap(trainer -> trainer.gather(until));
        Map<Resource, Evaluation> found =
            byModel.computeIfAbsent(
                card.id(),
                _ -> examiner.map(one -> examined(one, champion.get())).orElse(Map.of()));
        Optional.ofNullable(found.get(resource)).ifPresent(one -> figures.put(resource, one));
      }
    }
    return figures;
  }

  /** A champion of an older release cannot be asked any more: anything is better. */
  private static Map<Resource, Evaluation> examined(
      ModelTrainer.Course examiner, Serving champion) {
    try {
      return examiner.evaluate(champion.artefact());
    } catch (IllegalArgumentException otherRelease) {
      LOG.warn("{} is no model of this release: {}", champion.card().id(), otherRelease.toString());
      return Map.of();
    }
  }

  private End ended(Optional<ModelId> model, String words) {
    return new End(clock.instant(), model, words);
  }

  @Override
  public void close() {
    training.shutdownNow();
    training.close();
  }
}
