package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
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
      List<ModelTrainer> trainers,
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
      List<ModelTrainer> trainers,
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
    Progress next = new Progress(order, clock.instant(), Optional.empty());
    begun.put(order.kind(), next.startedAt());
    latest = Optional.of(next);
    training.execute(() -> run(trainer, next));
    return next;
  }

  private ModelTrainer trainer(ModelKind kind) {
    ModelTrainer trainer = trainers.get(kind);
    if (trainer == null) {
      throw new Refusal(
          new Problem.IllegalState(
              "models/-",
              "NOT_TRAINED_HERE",
              "Models of kind "
                  + kind
                  + " are learnt by a module that is not on this server's class path. Start it with"
                  + " HOLDFAST_WITH=lstm; see ops/docs/lstm.md."));
    }
    return trainer;
  }

  /** The training that goes on, or the latest since the start. */
  public synchronized Optional<Progress> latest() {
    return latest;
  }

  /** Trains a kind that was not trained for an interval, if no training goes on. */
  public synchronized void pass() {
    for (ModelKind kind : ModelKind.values()) {
      if (rules.kinds().contains(kind) && !running() && due(kind)) {
        train(new Order(kind, 0, true));
      }
    }
  }

  private boolean due(ModelKind kind) {
    Optional<Instant> last =
        Optional.ofNullable(begun.get(kind))
            .or(
                () ->
                    list().stream()
                        .map(kept -> kept.card())
                        .filter(card -> card.kind() == kind)
                        .map(ModelCard::trainedAt)
                        .findFirst());
    return last.map(at -> at.plus(rules.interval()).isBefore(clock.instant())).orElse(true);
  }

  private boolean running() {
    return latest.isPresent() && latest.get().end().isEmpty();
  }

  private void run(ModelTrainer trainer, Progress begun) {
    long began = System.nanoTime();
    End end;
    try {
      Optional<ModelTrainer.Course> course = trainer.gather(begun.startedAt());
      end =
          course.isEmpty()
              ? ended(Optional.empty(), "there is too little usage to learn from yet")
              : trained(course.get(), begun, began);
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

  private End trained(ModelTrainer.Course course, Progress begun, long began)
      throws InterruptedException {
    Order order = begun.order();
    ModelTrainer.Trained trained = course.train(order.seed(), CpuShare.of(rules.cpuShare()));
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
            course.evaluate(trained.artefact()),
            champions(order.kind(), course, begun.startedAt()),
            clock.instant());
    shelf.put(trained.artefact(), card);
    journal.record(
        new Event.Trained(
            card.id().id(),
            (int) Math.min(card.samples(), Integer.MAX_VALUE),
            Duration.ofNanos(System.nanoTime() - began)));
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
