package org.apache.beam.sdk.fn.data;

import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.Elements;
import org.apache.beam.sdk.coders.Coder;

/**
 * Gives an operator what its Python worker sends, when it comes: it goes on with the first rows of a bundle while Python has the
 * others. The class of this name in flink-python puts them into a queue that is read when Python has done with all of them
 * (https://github.com/apache/beam/pull/15807), so that one always waits for the other.
 */
public class BeamFnDataInboundObserver implements CloseableFnDataReceiver<Elements> {
    private final Map<List<String>, Endpoint<?>> incomplete = new HashMap<>();
    private final CompletableFuture<Void> completed = new CompletableFuture<>();

    private BeamFnDataInboundObserver(List<DataEndpoint<?>> data, List<TimerEndpoint<?>> timers) {
        for (DataEndpoint<?> endpoint : data) {
            incomplete.put(List.of(endpoint.getTransformId()), Endpoint.of(endpoint));
        }
        for (TimerEndpoint<?> endpoint : timers) {
            incomplete.put(List.of(endpoint.getTransformId(), endpoint.getTimerFamilyId()), Endpoint.of(endpoint));
        }
    }

    public static BeamFnDataInboundObserver forConsumers(List<DataEndpoint<?>> data, List<TimerEndpoint<?>> timers) {
        return new BeamFnDataInboundObserver(data, timers);
    }

    @Override
    public synchronized void accept(Elements elements) throws Exception {
        try {
            for (Elements.Data data : elements.getDataList()) {
                receive(List.of(data.getTransformId()), data.getData().newInput(), data.getIsLast());
            }
            for (Elements.Timers timers : elements.getTimersList()) {
                receive(List.of(timers.getTransformId(), timers.getTimerFamilyId()), timers.getTimers().newInput(), timers.getIsLast());
            }
        } catch (Exception error) {
            completed.completeExceptionally(error);
            throw error;
        }
        if (incomplete.isEmpty()) {
            completed.complete(null);
        }
    }

    private void receive(List<String> name, InputStream elements, boolean isLast) throws Exception {
        Endpoint<?> endpoint = incomplete.get(name);
        if (endpoint == null || completed.isDone()) {
            throw new IllegalStateException("Elements came for " + name + ", which expects none");
        }
        endpoint.receive(elements);
        if (isLast) {
            incomplete.remove(name);
        }
    }

    /** Waits for the last elements of all; throws what went wrong with them. */
    public void awaitCompletion() throws Exception {
        try {
            completed.get();
        } catch (ExecutionException error) {
            throw new IllegalStateException("What a Python worker sent can't be read", error.getCause());
        }
    }

    @Override
    public void flush() {
        throw new UnsupportedOperationException("flush is for senders");
    }

    /** For a bundle that failed: nobody waits for it any longer. */
    @Override
    public void close() {
        completed.completeExceptionally(new IllegalStateException("The bundle was given up"));
    }

    private record Endpoint<T>(Coder<T> coder, FnDataReceiver<T> receiver) {
        static <T> Endpoint<T> of(DataEndpoint<T> endpoint) {
            return new Endpoint<>(endpoint.getCoder(), endpoint.getReceiver());
        }

        static <T> Endpoint<T> of(TimerEndpoint<T> endpoint) {
            return new Endpoint<>(endpoint.getCoder(), endpoint.getReceiver());
        }

        void receive(InputStream elements) throws Exception {
            while (elements.available() > 0) {
                receiver.accept(coder.decode(elements));
            }
        }
    }
}
