package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.signal.Signal;
import dev.holdfast.store.proto.AppraisalsRow;
import dev.holdfast.store.proto.ChainRow;
import dev.holdfast.store.proto.GrantsRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.PathwayRow;
import dev.holdfast.store.proto.RequestRow;
import dev.holdfast.store.proto.ReservationRow;
import dev.holdfast.store.proto.SignalRow;
import dev.holdfast.store.proto.TokenRow;
import dev.holdfast.store.proto.UsageRow;
import java.util.List;
import java.util.Optional;

/** The kinds of rows that a shard has; a name in a row must be that of its key. */
final class Kinds {
  static final Kind<NodeRow, NodeRecord> NODE =
      Kind.stored(
          "node/", NodeRow.parser(), (name, row) -> named(name, row.getName(), Rows.node(row)));

  static final Kind<PathwayRow, PathwayRecord> PATHWAY =
      Kind.stored(
          "pathway/",
          PathwayRow.parser(),
          (name, row) -> named(name, row.getName(), Rows.pathway(row)));

  static final Kind<ChainRow, ChainRecord> CHAIN =
      Kind.stored(
          "chain/",
          ChainRow.parser(),
          (name, row) -> {
            ChainRecord chain = Rows.chain(row);
            return named(name, chain.chain().name().pathway().toString(), chain);
          });

  static final Kind<ReservationRow, Reservation> RESERVATION =
      Kind.stored(
          "reservation/",
          ReservationRow.parser(),
          (name, row) -> named(name, row.getName(), ReservationRows.value(row)));

  static final Kind<SignalRow, Signal> SIGNAL =
      Kind.stored(
          "signal/",
          SignalRow.parser(),
          (name, row) -> named(name, row.getName(), SignalRows.value(row)));

  static final Kind<GrantsRow, GrantsRow> GRANTS = plain("grants/", GrantsRow.parser());
  static final Kind<AppraisalsRow, AppraisalsRow> APPRAISALS =
      plain("appraisals/", AppraisalsRow.parser());
  static final Kind<TokenRow, TokenRow> TOKEN = plain("token/", TokenRow.parser());
  static final Kind<UsageRow, UsageRow> USAGE = plain("usage/", UsageRow.parser());

  /** What was made for a request: in the reservation's own row, and found by its id here. */
  static final Kind<Message, RequestRow> REQUEST = derived("request/");

  /** What reservations hold together: the sums over their own rows. */
  static final Kind<Message, Held> HELD_NODE = derived("held/node/");

  static final Kind<Message, Held> HELD_TENANT = derived("held/tenant/");
  static final Kind<Message, Held> HELD_PATHWAY = derived("held/pathway/");

  /** What no row of ours is. */
  static final Kind<UsageRow, UsageRow> UNKNOWN = plain("", UsageRow.parser());

  private static final List<Kind<?, ?>> DURABLE =
      List.of(NODE, PATHWAY, CHAIN, RESERVATION, GRANTS, APPRAISALS, TOKEN, USAGE, SIGNAL);

  private Kinds() {}

  /** The kind of a stored row by its path; empty where no kind is like that. */
  static Optional<Kind<?, ?>> of(String path) {
    for (Kind<?, ?> kind : DURABLE) {
      if (path.startsWith(kind.prefix())) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  private static <M extends Message> Kind<M, M> plain(
      String prefix, com.google.protobuf.Parser<M> parser) {
    return Kind.stored(prefix, parser, (_, row) -> row);
  }

  private static <T> Kind<Message, T> derived(String prefix) {
    return new Kind<>(prefix, Optional.empty());
  }

  private static <T> T named(String key, String name, T value) {
    if (!key.equals(name)) {
      throw new IllegalArgumentException("a row of " + name + " under the key of " + key);
    }
    return value;
  }
}
