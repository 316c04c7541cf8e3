package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.model.TenantName;
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

/**
 * Where a shard keeps what. Names are parsed before they come here, so none holds anything but
 * lower-case letters, digits, dashes and the slashes between ids.
 */
final class Keys {
  private Keys() {}

  static RowKey<NodeRow, NodeRecord> node(NodeName name) {
    return Kinds.NODE.key(name.toString());
  }

  static RowKey<PathwayRow, PathwayRecord> pathway(PathwayName name) {
    return Kinds.PATHWAY.key(name.toString());
  }

  static RowKey<ChainRow, ChainRecord> chain(PathwayName name) {
    return Kinds.CHAIN.key(name.toString());
  }

  static RowKey<ReservationRow, Reservation> reservation(ReservationName name) {
    return Kinds.RESERVATION.key(name.toString());
  }

  static RowKey<Message, Held> held(NodeName name) {
    return Kinds.HELD_NODE.key(name.toString());
  }

  static RowKey<Message, Held> held(TenantName name) {
    return Kinds.HELD_TENANT.key(name.toString());
  }

  static RowKey<Message, Held> held(PathwayName name) {
    return Kinds.HELD_PATHWAY.key(name.toString());
  }

  static RowKey<AppraisalsRow, AppraisalsRow> appraisals(NodeName name) {
    return Kinds.APPRAISALS.key(name.toString());
  }

  static RowKey<TokenRow, TokenRow> token(Bytes hash) {
    return Kinds.TOKEN.key(hash.hex());
  }

  static RowKey<GrantsRow, GrantsRow> grants(ReservationName name) {
    return Kinds.GRANTS.key(name.toString());
  }

  static RowKey<SignalRow, Signal> signal(SignalName name) {
    return Kinds.SIGNAL.key(name.toString());
  }

  static RowKey<Message, RequestRow> request(RequestId id) {
    return Kinds.REQUEST.key(id.toString());
  }

  static RowKey<UsageRow, UsageRow> usage(NodeName node) {
    return Kinds.USAGE.key(node.toString());
  }
}
