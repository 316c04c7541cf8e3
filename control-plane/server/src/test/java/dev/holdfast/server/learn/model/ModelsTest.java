package dev.holdfast.server.learn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelsTest {
  private static final Resource CPU = Resource.CPU_MILLICORES;
  private static final Resource MEMORY = Resource.MEMORY_BYTES;

  @TempDir private Path folder = Path.of("");
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-03-03T12:00:00Z"));
  private final List<Event> events = Collections.synchronizedList(new ArrayList<>());
  private final Journal journal = new Journal();
  private final RatioTrainer trainer = new RatioTrainer(ModelKind.XGBOOST);
  private List<ModelTrainer> trainers = List.of(trainer);
  private Set<ModelKind> kinds = Set.of(ModelKind.XGBOOST);
  private Optional<CertificateAuthority> authority = Optional.empty();
  private Optional<Models> models = Optional.empty();

  @BeforeEach
  void open() throws IOException {
    journal.listen(events::add);
    authority =
        Optional.of(CertificateAuthority.open(folder.resolve("ca"), "holdfast.test", now::get));
    start();
    trainer.seen(CPU, noise(1, 5000));
  }

  @AfterEach
  void close() {
    models.ifPresent(Models::close);
  }

  private Models start() throws IOException {
    models.ifPresent(Models::close);
    ModelShelf shelf =
        ModelShelf.open(
            folder.resolve("models"),
            authority.orElseThrow().signer(),
            authority.orElseThrow().root().getPublicKey(),
            journal);
    Models opened =
        new Models(
            shelf,
            trainers,
            new ServerConfig.Training(1, Duration.ofHours(24), kinds),
            journal,
            now::get);
    models = Optional.of(opened);
    return opened;
  }

  /** Values that swing around one level. */
  private static double[] noise(long seed, int count) {
    Random random = new Random(seed);
    return random.doubles(count).map(value -> 1000 * (1 + value)).toArray();
  }

  /** Values that grow by much and little in turn. */
  private static double[] growth(int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = 1000 * Math.pow(1.001, i) * (i % 2 == 0 ? 1 : 3);
    }
    return values;
  }

  private Models.End trained(ModelKind kind, long seed, boolean activate) {
    Models open = models.orElseThrow();
    now.set(now.get().plusSeconds(1));
    open.train(new Models.Order(kind, seed, activate));
    while (open.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    return open.latest().orElseThrow().end().orElseThrow();
  }

  private ModelId model(long seed, boolean activate) {
    return model(ModelKind.XGBOOST, seed, activate);
  }

  private ModelId model(ModelKind kind, long seed, boolean activate) {
    return trained(kind, seed, activate).model().orElseThrow();
  }

  @Test
  void theSameUsageAndSeedGiveTheSameModelAndAnotherSeedAnother() {
    ModelId first = model(1, false);
    assertEquals(first, model(1, false));
    assertTrue(!first.equals(model(2, false)));
    assertEquals(2, models.orElseThrow().list().size());
  }

  @Test
  void aModelHasACardOfWhatItLearntAndHowItDid() {
    ModelCard card = models.orElseThrow().get(model(7, false)).card();
    assertEquals(7, card.seed());
    assertEquals(4500, card.samples());
    assertEquals(RatioTrainer.START, card.span().orElseThrow().start());
    assertEquals(500, Optional.ofNullable(card.figures().get(CPU)).orElseThrow().outcomes());
    assertTrue(card.better(CPU), card.toString());
    assertEquals(Champions.NONE, models.orElseThrow().champions(), "it was not activated");
  }

  @Test
  void aChallengerIsExaminedBesideTheChampionAndTakesOverOnlyWhereItIsBetter() {
    ModelId first = model(1, true);
    assertEquals(Set.of(CPU), models.orElseThrow().champions().led(first));

    // The same again, of another seed: better by no more than chance, if at all.
    ModelId second = model(2, true);
    assertEquals(Set.of(CPU), models.orElseThrow().champions().led(first));
    ModelCard card = models.orElseThrow().get(second).card();
    assertTrue(card.championFigures().containsKey(CPU), card.toString());

    // What is used has changed: who learnt from it is better there, and first in what is new.
    trainer.seen(CPU, growth(5000));
    trainer.seen(MEMORY, noise(3, 5000));
    ModelId third = model(1, true);
    assertEquals(Set.of(CPU, MEMORY), models.orElseThrow().champions().led(third));
    assertTrue(models.orElseThrow().champions().remembers(first));
  }

  @Test
  void oneTrainingGoesOnAtATimeAndTheNextAsksForTheSame() {
    trainer.gate = new CountDownLatch(1);
    Models open = models.orElseThrow();
    Models.Progress begun = open.train(new Models.Order(ModelKind.XGBOOST, 1, false));
    assertEquals(begun, open.train(new Models.Order(ModelKind.XGBOOST, 2, false)));
    open.pass();
    assertEquals(Optional.of(begun), open.latest());
    trainer.gate.countDown();
    while (open.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    assertEquals(1, open.list().size());
  }

  private Models.End taken(Resource resource, String content, boolean activate) {
    Models open = models.orElseThrow();
    now.set(now.get().plusSeconds(1));
    open.take(new Models.Order(ModelKind.XGBOOST, 0, activate), resource, Bytes.utf8(content));
    while (open.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    return open.latest().orElseThrow().end().orElseThrow();
  }

  @Test
  void aModelTrainedElsewhereIsSignedAndLeadsOnlyWhereItIsBetterHere() throws IOException {
    ModelId here = model(1, true);
    ModelId poor = taken(CPU, "1 1 1 1", true).model().orElseThrow();
    ModelCard card = models.orElseThrow().get(poor).card();
    assertEquals(Optional.empty(), card.span());
    assertEquals(0, card.samples());
    assertEquals(500, Optional.ofNullable(card.figures().get(CPU)).orElseThrow().outcomes());
    assertTrue(card.championFigures().containsKey(CPU), card.toString());
    assertEquals(Set.of(CPU), models.orElseThrow().champions().led(here));

    // What is used has changed, and the fleet knows it.
    trainer.seen(CPU, growth(5000));
    ModelId good = taken(CPU, "1.6 3.003 3.003 3.003", true).model().orElseThrow();
    assertEquals(Set.of(CPU), models.orElseThrow().champions().led(good));
    assertEquals(3, start().list().size(), "all are signed");
  }

  @Test
  void whatCannotBeExaminedHereLeadsByForceOnly() {
    ModelId taken = taken(MEMORY, "1 1 1 1", true).model().orElseThrow();
    Models open = models.orElseThrow();
    assertEquals(Set.of(), open.champions().led(taken));
    assertThrows(Refusal.class, () -> open.activate(taken, false));
    open.activate(taken, true);
    assertEquals(Set.of(MEMORY), open.champions().led(taken));
  }

  @Test
  void whatIsNoModelIsRefusedAndWhileOneIsTrainedNoneIsTaken() {
    Models open = models.orElseThrow();
    Models.Order order = new Models.Order(ModelKind.XGBOOST, 0, false);
    Refusal none = assertThrows(Refusal.class, () -> open.take(order, CPU, Bytes.utf8("no model")));
    assertEquals("MODEL_UNREADABLE", none.problem().reason());
    assertEquals(Optional.empty(), open.latest());
    trainer.gate = new CountDownLatch(1);
    open.train(order);
    Refusal busy = assertThrows(Refusal.class, () -> open.take(order, CPU, Bytes.utf8("1 1 1 1")));
    assertEquals("ILLEGAL_STATE", busy.problem().reason());
    trainer.gate.countDown();
  }

  @Test
  void aModelIsTrainedUnaskedOnceInAnInterval() {
    now.set(RatioTrainer.START.plus(Duration.ofDays(20)));
    assertEquals(Duration.ofHours(24), pause(models.orElseThrow()));
  }

  @Test
  void whileThereIsLittleToLearnFromModelsAreTrainedAsItGrows() {
    now.set(RatioTrainer.START.plus(Duration.ofHours(30)));
    assertEquals(Duration.ofHours(3), pause(models.orElseThrow()));
  }

  @Test
  void whereThereWasNothingToLearnFromItIsLookedForAgainSoon() throws IOException {
    trainers = List.of(new RatioTrainer(ModelKind.XGBOOST));
    assertEquals(Duration.ofMinutes(10), pause(start()));
  }

  /** Trains unasked, and finds after which of some times that is done again. */
  private Duration pause(Models open) {
    open.pass();
    Instant first = open.latest().orElseThrow().startedAt();
    while (open.latest().orElseThrow().end().isEmpty()) {
      Thread.onSpinWait();
    }
    Duration tried = Duration.ZERO;
    while (open.latest().orElseThrow().startedAt().equals(first)) {
      tried = tried.plusMinutes(10);
      now.set(first.plus(tried).plusSeconds(1));
      open.pass();
    }
    return tried;
  }

  @Test
  void withTooLittleToLearnFromThereIsNoModel() {
    RatioTrainer empty = new RatioTrainer(ModelKind.XGBOOST);
    assertEquals(Optional.empty(), empty.gather(now.get()));
  }

  @Test
  void whoIsAskedForAKindThatIsNotHereSaysWhatToDo() {
    Refusal asked =
        assertThrows(
            Refusal.class,
            () -> models.orElseThrow().train(new Models.Order(ModelKind.LSTM, 0, false)));
    assertTrue(asked.problem().message().contains("HOLDFAST_WITH=lstm"), asked.getMessage());
    kinds = Set.of(ModelKind.LSTM);
    assertThrows(Refusal.class, this::start, "it would never be trained, and nobody would know");
  }

  @Test
  void everyKindThatIsConfiguredIsTrainedUnaskedInItsTurn() throws IOException {
    RatioTrainer other = new RatioTrainer(ModelKind.LSTM);
    other.seen(CPU, noise(1, 5000));
    trainers = List.of(trainer, other);
    kinds = Set.of(ModelKind.XGBOOST, ModelKind.LSTM);
    Models open = start();
    for (int i = 0; i < 3; i++) {
      open.pass();
      while (open.latest().orElseThrow().end().isEmpty()) {
        Thread.onSpinWait();
      }
    }
    assertEquals(
        Set.of(ModelKind.XGBOOST, ModelKind.LSTM),
        open.list().stream().map(kept -> kept.card().kind()).collect(Collectors.toSet()));
    assertEquals(2, open.list().size(), "each once in an interval");
  }

  @Test
  void whereAKindIsAskedForItsNewestGoodModelServesAndElseTheChampion() throws IOException {
    RatioTrainer other = new RatioTrainer(ModelKind.LSTM);
    other.seen(CPU, noise(1, 5000));
    trainers = List.of(trainer, other);
    Models open = start();
    ModelId champion = model(1, true);
    assertEquals(champion, serving(open, ModelKind.LSTM), "there is no other yet");
    ModelId alike = model(ModelKind.LSTM, 1, true);
    assertEquals(Set.of(), open.champions().led(alike), "it is no better");
    assertEquals(alike, serving(open, ModelKind.LSTM));
    assertEquals(champion, serving(open, ModelKind.XGBOOST));
    ModelId newest = model(ModelKind.LSTM, 2, true);
    assertEquals(newest, serving(open, ModelKind.LSTM));
    open.activate(alike, true);
    assertEquals(alike, serving(open, ModelKind.LSTM), "the champion goes before the newest");
    assertEquals(champion, serving(open, ModelKind.XGBOOST));
  }

  private static ModelId serving(Models open, ModelKind kind) {
    return open.serving(CPU, kind).orElseThrow().card().id();
  }

  @Test
  void whatWasChampionIsChampionAfterARestart() throws IOException {
    ModelId first = model(1, true);
    Models again = start();
    assertEquals(Set.of(CPU), again.champions().led(first));
    Models.Serving serving = again.serving(CPU).orElseThrow();
    assertEquals(first, serving.card().id());
    assertEquals(ModelId.of(ModelKind.XGBOOST, serving.artefact()), first);
  }

  @Test
  void aModelThatWasAlteredIsRefusedAndTheOneBeforeItServes() throws IOException {
    ModelId first = model(1, true);
    trainer.seen(CPU, growth(5000));
    ModelId second = model(1, true);
    assertEquals(Set.of(CPU), models.orElseThrow().champions().led(second));

    Path bytes = folder.resolve("models").resolve(second.id() + ".bytes");
    byte[] altered = Files.readAllBytes(bytes);
    altered[altered.length / 2] ^= 1;
    Files.write(bytes, altered);
    assertEquals(first, models.orElseThrow().serving(CPU).orElseThrow().card().id());

    Models again = start();
    assertEquals(Set.of(CPU), again.champions().led(first));
    assertThrows(Refusal.class, () -> again.get(second));
    assertTrue(refused(second.id()), events.toString());
  }

  @Test
  void aCardThatPamDidNotSignIsRefused() throws IOException {
    ModelId first = model(1, true);
    CertificateAuthority other =
        CertificateAuthority.open(folder.resolve("other"), "holdfast.test", now::get);
    ModelShelf forged =
        ModelShelf.open(
            folder.resolve("forged"), other.signer(), other.root().getPublicKey(), journal);
    ModelShelf.Kept kept = models.orElseThrow().get(first);
    forged.put(Bytes.of(Files.readAllBytes(bytes(first))), kept.card());
    Files.write(
        card(first), Files.readAllBytes(folder.resolve("forged").resolve(first.id() + ".card")));
    Models again = start();
    assertEquals(List.of(), again.list());
    assertEquals(Champions.NONE.lines(), again.champions().lines());
    assertTrue(refused(first.id()), events.toString());
  }

  @Test
  void championsThatPamDidNotSignGiveWayToThoseBeforeThem() throws IOException {
    ModelId first = model(1, true);
    trainer.seen(CPU, growth(5000));
    ModelId second = model(1, true);
    Path table = folder.resolve("models").resolve("champions");
    String text = Files.readString(table);
    Files.writeString(table, text.substring(0, text.length() - 2) + "AA");
    Models again = start();
    assertEquals(Set.of(CPU), again.champions().led(first));
    assertEquals(Set.of(), again.champions().led(second));
    assertTrue(refused("champions"), events.toString());
  }

  @Test
  void aCardOfAnotherModelIsRefused() throws IOException {
    ModelId first = model(1, false);
    ModelId second = model(2, false);
    Files.write(card(first), Files.readAllBytes(card(second)));
    assertEquals(List.of(second), start().list().stream().map(kept -> kept.card().id()).toList());
    assertTrue(refused(first.id()), events.toString());
  }

  @Test
  void operatorsActivateByForcePinAndRollBack() throws IOException {
    ModelId first = model(1, true);
    ModelId second = model(2, false);
    Models open = models.orElseThrow();
    assertThrows(Refusal.class, () -> open.activate(second, false));
    open.activate(second, true);
    open.pin(second, true);
    assertThrows(Refusal.class, () -> open.rollback(second));
    Models again = start();
    assertEquals(Set.of(CPU), again.champions().pinned(), "a pin outlives a restart");
    again.pin(second, false);
    again.rollback(second);
    assertEquals(Set.of(CPU), again.champions().led(first));
    assertEquals(
        List.of("activated", "activated", "pinned", "released", "rolled_back"),
        events.stream()
            .filter(Event.ChampionsChanged.class::isInstance)
            .map(event -> ((Event.ChampionsChanged) event).change())
            .toList());
  }

  @Test
  void theShelfHasRoomForABoundedNumberOfModelsAndKeepsThoseThatCount() throws IOException {
    ModelId champion = model(0, true);
    for (int seed = 1; seed <= ModelShelf.MODELS_MAX + 3; seed++) {
      model(seed, false);
    }
    assertEquals(ModelShelf.MODELS_MAX, models.orElseThrow().list().size());
    assertEquals(champion, models.orElseThrow().get(champion).card().id());
    assertEquals(ModelShelf.MODELS_MAX, start().list().size());
  }

  private boolean refused(String what) {
    return events.stream()
        .anyMatch(
            event -> event instanceof Event.ModelRefused refused && refused.what().equals(what));
  }

  private Path bytes(ModelId id) {
    return folder.resolve("models").resolve(id.id() + ".bytes");
  }

  private Path card(ModelId id) {
    return folder.resolve("models").resolve(id.id() + ".card");
  }
}
