package dev.holdfast.server.learn.model;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.result.ResultSigner;
import dev.holdfast.attestation.result.SignedStatement;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.wire.ModelWire;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Models in a folder: {@code {model}.bytes} and {@code {model}.card} of each, and {@code
 * champions}, of which the one before is kept as {@code champions.before}. Cards and champions are
 * JWS of PAM's key, and a card has the digest of its bytes; what is not signed, or is not what was
 * signed, is refused when it is read, and what was champion before it stands in. Files are written
 * whole or not at all. Safe for several threads.
 */
public final class ModelShelf {
  /** The most models that are kept: beyond them the oldest that nothing goes back to goes. */
  public static final int MODELS_MAX = 64;

  /** The longest model, in bytes. */
  public static final int ARTEFACT_BYTES_MAX = 64 << 20;

  /** What the signature of a card is of. */
  public static final String CARD_TYPE = "holdfast-model";

  /** What the signature of the champions is of. */
  public static final String CHAMPIONS_TYPE = "holdfast-champions";

  /** The longest card or list of champions, in characters. */
  public static final int STATEMENT_MAX = 64 << 10;

  private static final int FILES_MAX = 4 * MODELS_MAX;
  private static final String CARD = ".card";
  private static final String ARTEFACT = ".bytes";
  private static final String CHAMPIONS = "champions";
  private static final String BEFORE = "champions.before";

  private final Path folder;
  private final ResultSigner signer;
  private final PublicKey key;
  private final Journal journal;
  private final Map<ModelId, Kept> models = new HashMap<>();
  private Champions champions = Champions.NONE;

  /**
   * A model on the shelf.
   *
   * @param card where it comes from
   * @param signature the JWS that vouches for it
   */
  public record Kept(ModelCard card, String signature) {}

  private ModelShelf(Path folder, ResultSigner signer, PublicKey key, Journal journal) {
    this.folder = folder;
    this.signer = signer;
    this.key = key;
    this.journal = journal;
  }

  /**
   * Opens a folder, which is made where there is none, and reads all that is sound in it.
   *
   * @throws IOException if the folder itself cannot be read
   */
  public static ModelShelf open(Path folder, ResultSigner signer, PublicKey key, Journal journal)
      throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ModelShelf shelf = new ModelShelf(folder, signer, key, journal);
    shelf.read();
    return shelf;
  }

  private void read() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.limit(FILES_MAX).sorted().toList();
    }
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(CARD)) {
        card(file, name.substring(0, name.length() - CARD.length()))
            .ifPresent(kept -> models.put(kept.card().id(), kept));
      }
    }
    Champions found = champions(CHAMPIONS).or(() -> champions(BEFORE)).orElse(Champions.NONE);
    champions = found.usable(models::containsKey);
  }

  private Optional<Kept> card(Path file, String id) throws IOException {
    String compact = text(file);
    return switch (SignedStatement.open(CARD_TYPE, compact, STATEMENT_MAX, key)) {
      case SignedStatement.Genuine(Bytes payload) -> {
        try {
          ModelCard card = ModelWire.read(Model.parseFrom(payload.asByteBuffer()));
          if (!card.id().id().equals(id)) {
            yield refused(id, "its card is that of " + card.id().id());
          }
          Optional<Bytes> artefact = artefact(card);
          yield artefact.isPresent()
              ? Optional.of(new Kept(card, compact))
              : refused(id, "its bytes are not those that its card is of");
        } catch (InvalidProtocolBufferException | IllegalArgumentException | Refusal other) {
          yield refused(id, "its card cannot be read");
        }
      }
      case SignedStatement.Refused(String why) -> refused(id, why);
    };
  }

  private <T> Optional<T> refused(String what, String why) {
    journal.record(new Event.ModelRefused(what, why));
    return Optional.empty();
  }

  private Optional<Champions> champions(String name) {
    Path file = folder.resolve(name);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return switch (SignedStatement.open(CHAMPIONS_TYPE, text(file), STATEMENT_MAX, key)) {
        case SignedStatement.Genuine(Bytes payload) ->
            Optional.of(
                ChampionsText.read(new String(payload.toByteArray(), StandardCharsets.UTF_8)));
        case SignedStatement.Refused(String why) -> refused(name, why);
      };
    } catch (IOException | IllegalArgumentException other) {
      return refused(name, "it cannot be read");
    }
  }

  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      // One more than is allowed shows what is too long.
      return new String(in.readNBytes(STATEMENT_MAX + 1), StandardCharsets.ISO_8859_1);
    }
  }

  /** Every model, newest first. */
  public synchronized List<Kept> models() {
    return models.values().stream()
        .sorted(
            Comparator.comparing((Kept kept) -> kept.card().trainedAt())
                .reversed()
                .thenComparing(kept -> kept.card().id()))
        .toList();
  }

  /** One model. */
  public synchronized Optional<Kept> model(ModelId id) {
    return Optional.ofNullable(models.get(id));
  }

  /** Which model forecasts what. */
  public synchronized Champions champions() {
    return champions;
  }

  /** The bytes of a model, as they were signed; empty if they are not there, or are others. */
  public synchronized Optional<Bytes> artefact(ModelId id) {
    Kept kept = models.get(id);
    if (kept == null) {
      return Optional.empty();
    }
    Optional<Bytes> found = artefact(kept.card());
    return found.isPresent()
        ? found
        : refused(id.id(), "its bytes are no longer those of its card");
  }

  private Optional<Bytes> artefact(ModelCard card) {
    if (card.sizeBytes() > ARTEFACT_BYTES_MAX) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(folder.resolve(card.id().id() + ARTEFACT))) {
      Bytes read = Bytes.of(in.readNBytes((int) card.sizeBytes() + 1));
      return Sha256.of(read).equals(card.digest()) ? Optional.of(read) : Optional.empty();
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /**
   * Keeps a model, on disk first. One that is there already stays as it is.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public synchronized Kept put(Bytes artefact, ModelCard card) {
    Kept known = models.get(card.id());
    if (known != null) {
      return known;
    }
    if (!Sha256.of(artefact).equals(card.digest())
        || artefact.length() != card.sizeBytes()
        || artefact.length() > ARTEFACT_BYTES_MAX) {
      throw new IllegalArgumentException("these are not the bytes that the card is of");
    }
    Kept kept = new Kept(card, SignedStatement.sign(CARD_TYPE, ModelWire.signed(card), signer));
    write(card.id().id() + ARTEFACT, artefact);
    write(card.id().id() + CARD, Bytes.utf8(kept.signature()));
    models.put(card.id(), kept);
    makeRoom(card.id());
    return kept;
  }

  /**
   * Changes which model forecasts what, on disk first.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public synchronized void champion(Champions next) {
    write(BEFORE, signed(champions));
    write(CHAMPIONS, signed(next));
    champions = next;
  }

  private Bytes signed(Champions table) {
    return Bytes.utf8(
        SignedStatement.sign(CHAMPIONS_TYPE, Bytes.utf8(ChampionsText.write(table)), signer));
  }

  private void makeRoom(ModelId newest) {
    List<Kept> oldest = models().reversed();
    for (Kept kept : oldest) {
      ModelId id = kept.card().id();
      if (models.size() <= MODELS_MAX) {
        return;
      }
      if (!champions.remembers(id) && !id.equals(newest)) {
        models.remove(id);
        try {
          Files.deleteIfExists(folder.resolve(id.id() + CARD));
          Files.deleteIfExists(folder.resolve(id.id() + ARTEFACT));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void write(String name, Bytes content) {
    Path file = folder.resolve(name);
    Path part = folder.resolve(name + ".part");
    try {
      Files.deleteIfExists(part);
      try (FileChannel out =
          FileChannel.open(
              part,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer left = content.asByteBuffer();
        while (left.hasRemaining()) {
          out.write(left);
        }
        out.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
