package org.apache.beam.sdk.fn.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.beam.model.pipeline.v1.Endpoints.ApiServiceDescriptor;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.BindableService;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.Server;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.ServerInterceptors;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.NettyServerBuilder;

/**
 * Makes the servers that a TaskManager has for its Python workers, on the loopback interface. Stands before the class of this
 * name in flink-python (https://github.com/apache/flink/pull/21363), which has the same intent, but gives
 * NettyServerBuilder.forPort only the port of its loopback address, and so listens on every interface; no option changes that.
 */
public class ServerFactory {
    /** As in flink-python: workers ping every 20 seconds, and a server drops one that pings sooner than this. */
    private static final int PING_SECONDS = 19;

    public static ServerFactory createDefault() {
        return new ServerFactory();
    }

    public Server allocateAddressAndCreate(List<BindableService> services, ApiServiceDescriptor.Builder address) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new InetSocketAddress(loopback, 0))
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .permitKeepAliveTime(PING_SECONDS, TimeUnit.SECONDS);
        for (BindableService service : services) {
            builder.addService(ServerInterceptors.intercept(service, GrpcContextHeaderAccessorProvider.interceptor()));
        }
        Server server = builder.build().start();
        address.setUrl(loopback.getHostAddress() + ":" + server.getPort());
        return server;
    }
}
