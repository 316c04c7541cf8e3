package dev.holdfast.quickstart;

/**
 * One point of the story, done or not.
 *
 * @param name what was to be shown, in one word
 * @param ok whether it was
 * @param millis how long it took
 * @param detail what was seen
 */
record Step(String name, boolean ok, long millis, String detail) {}
