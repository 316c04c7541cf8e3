package dev.holdfast.server.journal;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes every event once, logs it, and hands it to those who listen. */
public final class Journal {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

  /** Hands every later event to {@code listener}, on the thread that records it. */
  public void listen(Consumer<Event> listener) {
    listeners.add(listener);
  }

  /** Records an event. */
  public void record(Event event) {
    switch (event) {
      case Event.Appraised _, Event.ChainMade _, Event.Granted _, Event.Measured _ ->
          LOG.debug("{}", event);
      case Event.Rejected _,
          Event.GrantRefused _,
          Event.Suspended _,
          Event.Signalled _,
          Event.Quarantined _,
          Event.ModelRefused _,
          Event.CollateralExpiring _,
          Event.CollateralRefused _,
          Event.LeadLost _ ->
          LOG.warn("{}", event);
      case Event.Enrolled _,
          Event.Restored _,
          Event.Admitted _,
          Event.Activated _,
          Event.Resized _,
          Event.Trained _,
          Event.ChampionsChanged _,
          Event.CollateralFetched _,
          Event.LeadTaken _,
          Event.Ended _ ->
          LOG.info("{}", event);
      case Event.ForeignRows _ -> LOG.error("{}", event);
    }
    for (Consumer<Event> listener : listeners) {
      listener.accept(event);
    }
  }
}
