package dev.holdfast.tests.fault.history;

/**
 * What a client asked the ledger for. A request is a number of the client's, behind which stands a
 * request id; every attempt at it proposes a name of its own, as a server does.
 */
public sealed interface Call {
  /** About one request. */
  sealed interface OfRequest extends Call {
    /** The number of the request, from 0. */
    int request();
  }

  /** Make a reservation of an amount on a pathway. */
  record Reserve(int request, String name, String pathway, Amount amount) implements OfRequest {}

  /** Change what it holds; no two resizes of a request are to the same amount. */
  record Resize(int request, Amount amount) implements OfRequest {}

  /** End it; it holds until its nodes have given back. */
  record Release(int request) implements OfRequest {}

  /** Its nodes have given back. */
  record Free(int request) implements OfRequest {}

  /** See what was made for the request. */
  record Look(int request) implements OfRequest {}

  /** Give a grant on it, or renew the one there is. */
  record Grant(int request, boolean renew) implements OfRequest {}

  /** Read what is held on the hypervisor of a pathway. */
  record Tally(String pathway) implements Call {}

  /** Read everything at one revision. */
  record Survey() implements Call {}

  /** Take the lead, where nobody has it. */
  record Lead() implements Call {}
}
