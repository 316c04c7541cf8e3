package dev.holdfast.server.service;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.server.wire.Read;
import java.util.List;
import java.util.function.BiFunction;

/** Cuts a listing into pages (AIP-158). The token is the place where the next page begins. */
record Pages<T>(List<T> page, String nextToken) {
  private static final int SIZE_DEFAULT = 50;
  private static final int SIZE_MAX = 500;

  static <T> Pages<T> of(int size, String token, List<T> all) {
    int items = Read.pageSize(size, SIZE_DEFAULT, SIZE_MAX);
    int from;
    try {
      from = token.isEmpty() ? 0 : Integer.parseInt(token);
    } catch (NumberFormatException notOurs) {
      throw new Refusal(new Problem.IdFormat("page_token", "the next_page_token of a page before"));
    }
    if (from < 0 || from > all.size()) {
      throw new Refusal(new Problem.IdFormat("page_token", "the next_page_token of a page before"));
    }
    int to = Math.min(all.size(), from + items);
    return new Pages<>(all.subList(from, to), to < all.size() ? Integer.toString(to) : "");
  }

  <R> R into(BiFunction<List<T>, String, R> response) {
    return response.apply(page, nextToken);
  }
}
