package dev.holdfast.store.ledger;

import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.proto.ChainRow;
import dev.holdfast.store.proto.HeldRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.PathwayRow;
import dev.holdfast.store.proto.ReservationRow;

/**
 * The readers of the rows that are listed and watched; the name in a row must be that of its key.
 */
final class Readers {
  static final Reader<NodeRow, NodeRecord> NODES =
      new Reader<>(
          Keys.NODE, NodeRow.parser(), (name, row) -> named(name, row.getName(), Rows.node(row)));

  static final Reader<PathwayRow, PathwayRecord> PATHWAYS =
      new Reader<>(
          Keys.PATHWAY,
          PathwayRow.parser(),
          (name, row) -> named(name, row.getName(), Rows.pathway(row)));

  static final Reader<ChainRow, ChainRecord> CHAINS =
      new Reader<>(
          Keys.CHAIN,
          ChainRow.parser(),
          (name, row) -> {
            ChainRecord chain = Rows.chain(row);
            return named(name, chain.chain().name().pathway().toString(), chain);
          });

  static final Reader<ReservationRow, Reservation> RESERVATIONS =
      new Reader<>(
          Keys.RESERVATION,
          ReservationRow.parser(),
          (name, row) -> named(name, row.getName(), ReservationRows.value(row)));

  static final Reader<HeldRow, Held> HELD_NODES =
      new Reader<>(Keys.HELD_NODE, HeldRow.parser(), (_, row) -> Rows.held(row));

  static final Reader<HeldRow, Held> HELD_TENANTS =
      new Reader<>(Keys.HELD_TENANT, HeldRow.parser(), (_, row) -> Rows.held(row));

  private Readers() {}

  private static <T> T named(String key, String name, T value) {
    if (!key.equals(name)) {
      throw new IllegalArgumentException("a row of " + name + " under the key of " + key);
    }
    return value;
  }
}
