package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.proto.ChampionRow;
import dev.holdfast.store.proto.ModelRow;
import dev.holdfast.store.proto.PartRow;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** The models of the ledger, as bytes, and which of them is in use. */
public final class Models {
  /** The most bytes of one model. */
  public static final int BYTES_MAX = 32 << 20;

  private static final int PART_BYTES = 512 * 1024;
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  private final Transactor transactor;

  Models(Transactor transactor) {
    this.transactor = transactor;
  }

  /** A model with when it was made. */
  public record Model(String id, Bytes content, Instant createdAt) {
    public Model {
      requireId(id);
      if (content.isEmpty() || content.length() > BYTES_MAX) {
        throw new IllegalArgumentException("a model has 1 byte to 32 MiB");
      }
    }
  }

  private static void requireId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new Refusal(new Problem.IdFormat("model", "1 to 63 of a-z, 0-9 and -, a letter first"));
    }
  }

  /**
   * Keeps a model. It is written in parts and there only once all are; the same again changes
   * nothing, and another under its id is {@link Problem.AlreadyExists}.
   */
  public void put(Model model) {
    ByteString digest = ByteString.copyFrom(sha256(model.content()));
    Optional<ModelRow> there = head(model.id());
    if (there.isPresent()) {
      requireSame(there.get(), digest, model.id());
      return;
    }
    int parts = (model.content().length() + PART_BYTES - 1) / PART_BYTES;
    for (int i = 0; i < parts; i++) {
      int from = i * PART_BYTES;
      int to = Math.min(model.content().length(), from + PART_BYTES);
      PartRow row =
          PartRow.newBuilder().setContent(Rows.bytes(model.content().slice(from, to))).build();
      int number = i;
      transactor.change(
          draft -> {
            draft.put(Keys.part(model.id(), number), row);
            return number;
          });
    }
    transactor.change(
        draft -> {
          Optional<ModelRow> meanwhile = draft.read(Keys.model(model.id()), ModelRow.parser());
          if (meanwhile.isPresent()) {
            requireSame(meanwhile.get(), digest, model.id());
            return model.id();
          }
          draft.put(
              Keys.model(model.id()),
              ModelRow.newBuilder()
                  .setParts(parts)
                  .setLength(model.content().length())
                  .setDigest(digest)
                  .setCreatedMillis(model.createdAt().toEpochMilli())
                  .build());
          return model.id();
        });
  }

  private static void requireSame(ModelRow row, ByteString digest, String id) {
    if (!row.getDigest().equals(digest)) {
      throw new Refusal(new Problem.AlreadyExists("model " + id));
    }
  }

  private Optional<ModelRow> head(String id) {
    requireId(id);
    return transactor.read(Keys.model(id), ModelRow.parser()).map(Stored::value);
  }

  /** A model; empty when there is none. One whose bytes are not those that were kept is refused. */
  public Optional<Model> get(String id) {
    Optional<ModelRow> head = head(id);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    ByteString content = ByteString.EMPTY;
    for (int i = 0; i < head.get().getParts(); i++) {
      content =
          content.concat(
              transactor
                  .read(Keys.part(id, i), PartRow.parser())
                  .map(row -> row.value().getContent())
                  .orElse(ByteString.EMPTY));
    }
    Bytes bytes = Rows.bytes(content);
    if (!ByteString.copyFrom(sha256(bytes)).equals(head.get().getDigest())) {
      throw Draft.unreadable(
          Keys.model(id), new IllegalStateException("its parts are not what was kept"));
    }
    return Optional.of(new Model(id, bytes, Instant.ofEpochMilli(head.get().getCreatedMillis())));
  }

  /** Puts a model in use. */
  public void activate(String id) {
    requireId(id);
    transactor.change(
        draft -> {
          if (draft.read(Keys.model(id), ModelRow.parser()).isEmpty()) {
            throw new Refusal(new Problem.NotFound("model " + id));
          }
          draft.put(Keys.CHAMPION, ChampionRow.newBuilder().setModel(id).build());
          return id;
        });
  }

  /** The id of the model in use; empty when there is none. */
  public Optional<String> champion() {
    return transactor.read(Keys.CHAMPION, ChampionRow.parser()).map(row -> row.value().getModel());
  }

  private static byte[] sha256(Bytes content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content.toByteArray());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
