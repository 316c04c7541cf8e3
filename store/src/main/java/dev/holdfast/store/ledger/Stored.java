package dev.holdfast.store.ledger;

/**
 * A value of the ledger with the store's revision at which it was last written.
 *
 * @param value what is stored
 * @param revision when it last changed
 * @param <T> what kind of thing
 */
public record Stored<T>(T value, long revision) {}
