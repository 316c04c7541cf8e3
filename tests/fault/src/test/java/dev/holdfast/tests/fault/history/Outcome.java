package dev.holdfast.tests.fault.history;

import java.util.Map;
import java.util.Optional;

/** What a client was answered. */
public sealed interface Outcome {
  /** It was done: how the reservation stands now, and its name. */
  record Stands(String name, Standing standing) implements Outcome {}

  /** Nothing was made for the request. */
  record Nothing() implements Outcome {}

  /** A node has no room for it; nothing was changed. */
  record Full(String node) implements Outcome {}

  /** It was refused for what the reservation or the grant is; nothing was changed. */
  record Refused(String reason) implements Outcome {}

  /** It was not done, for reasons that say nothing about reservations, such as NOT_LEADER. */
  record NotDone(String reason) implements Outcome {}

  /** It may have been done, may yet be, or may never. */
  record Unknown(String why) implements Outcome {}

  /** A grant is there. */
  record Granted() implements Outcome {}

  /** How much is held on a node, in how many holds. */
  record Held(long amount, int holds) implements Outcome {}

  /** The lead was taken. */
  record Leads(long term) implements Outcome {}

  /**
   * Everything at one revision.
   *
   * @param nodes what the ledger says of each node, and what its reservations say
   * @param census every reservation by its name, with its request; empty where it was not counted
   */
  record Seen(Map<String, Total> nodes, Optional<Map<String, Counted>> census) implements Outcome {}

  /**
   * What a node holds.
   *
   * @param held the sum that the ledger keeps
   * @param holds how many reservations that is, as the ledger keeps it
   * @param summed what the reservations add up to
   * @param counted how many reservations hold something
   */
  record Total(long held, int holds, long summed, int counted) {}

  /** A reservation in a census. */
  record Counted(int request, Standing standing) {}
}
