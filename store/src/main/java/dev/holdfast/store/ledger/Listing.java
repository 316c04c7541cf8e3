package dev.holdfast.store.ledger;

import java.util.List;

/**
 * Rows of one kind at one revision.
 *
 * @param rows in the order of their names
 * @param unreadable the keys of rows that could not be read; they are left out and hold up nobody
 *     else
 * @param revision the revision: watching from the one after misses nothing
 * @param more whether the limit cut rows off
 * @param <T> what kind of thing
 */
public record Listing<T>(
    List<Stored<T>> rows, List<String> unreadable, long revision, boolean more) {
  public Listing {
    rows = List.copyOf(rows);
    unreadable = List.copyOf(unreadable);
  }
}
