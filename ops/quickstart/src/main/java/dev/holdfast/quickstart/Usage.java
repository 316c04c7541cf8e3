package dev.holdfast.quickstart;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.server.journal.Event;
import java.util.List;

/** How much CPU was held, and how much of it was used. */
record Usage(double reservedMillicores, double usedMillicores, double underProvisionedShare) {
  static Usage of(List<Event.Measured> measured) {
    double reserved = 0;
    double used = 0;
    int under = 0;
    for (Event.Measured one : measured) {
      ResourceVector held = one.held();
      long want = one.used().get(Resource.CPU_MILLICORES);
      reserved += held.get(Resource.CPU_MILLICORES);
      used += want;
      // At its limit a group cannot use more: what touches it is counted as short.
      if (want >= 0.98 * held.get(Resource.CPU_MILLICORES)) {
        under++;
      }
    }
    int count = Math.max(1, measured.size());
    return new Usage(reserved / count, used / count, (double) under / count);
  }
}
