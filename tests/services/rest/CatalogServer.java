package org.apache.iceberg.rest;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.ErrorResponse;
import org.apache.iceberg.rest.responses.ErrorResponseParser;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

/**
 * An Iceberg REST catalog for tests: the one that Iceberg tests its own clients with, which has one catalog and lets everybody in,
 * once for each warehouse, behind a login with OAuth2's client credentials. Stands in the package of its parts, for they are seen there only.
 */
public class CatalogServer {
    private static final String TOKENS = "/v1/oauth/tokens";
    private static final String CONFIG = "/v1/config";

    /** What the file says that is the one argument: on which port of 127.0.0.1, who may enter, and the options of each warehouse's catalog. */
    private record Settings(int port, String credential, String token, Map<String, Map<String, String>> warehouses) {
    }

    public static void main(String[] arguments) throws Exception {
        Settings settings = new ObjectMapper().readValue(new File(arguments[0]), Settings.class);
        ServletContextHandler handler = new ServletContextHandler();
        handler.addFilter(new FilterHolder(only(settings.token())), "/*", EnumSet.of(DispatcherType.REQUEST));
        handler.addServlet(new ServletHolder(new Login(settings)), TOKENS);
        handler.addServlet(new ServletHolder(new Warehouses(settings.warehouses())), "/v1/*");
        Server server = new Server(new InetSocketAddress("127.0.0.1", settings.port()));
        server.setHandler(handler);
        server.start();
    }

    /** Lets those pass that have the token, or come for it. */
    private static Filter only(String token) {
        return (any, response, next) -> {
            HttpServletRequest request = (HttpServletRequest) any;
            if (request.getRequestURI().equals(TOKENS) || ("Bearer " + token).equals(request.getHeader("Authorization"))) {
                next.doFilter(request, response);
            } else {
                refuse((HttpServletResponse) response, 401, "NotAuthorizedException", "no valid token");
            }
        };
    }

    private static void refuse(HttpServletResponse response, int status, String type, String message) throws IOException {
        ErrorResponse error = ErrorResponse.builder().responseCode(status).withType(type).withMessage(message).build();
        answer(response, status, ErrorResponseParser.toJson(error));
    }

    private static void answer(HttpServletResponse response, int status, String json) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.getWriter().write(json);
    }

    /** Gives the token for the credential: always the same one, so that it outlives a restart. RFC 6749, 4.4 and 5.2. */
    private static class Login extends HttpServlet {
        private final Settings settings;

        Login(Settings settings) {
            this.settings = settings;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String given = request.getParameter("client_id") + ":" + request.getParameter("client_secret");
            if (given.equals(settings.credential())) {
                answer(response, 200, "{\"access_token\": \"" + settings.token() + "\", \"token_type\": \"bearer\"}");
            } else {
                answer(response, 401, "{\"error\": \"invalid_client\", \"error_description\": \"no such client or another secret\"}");
            }
        }
    }

    /** Sends each request on to its warehouse: to the one that it asks for the configuration of, or has as the prefix of its path. */
    private static class Warehouses extends HttpServlet {
        private final Map<String, RESTCatalogServlet> servlets = new HashMap<>();

        Warehouses(Map<String, Map<String, String>> catalogs) {
            catalogs.forEach((name, options) -> servlets.put(name, new RESTCatalogServlet(new Warehouse(name, options))));
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
            String path = request.getRequestURI();
            String name = path.equals(CONFIG) ? request.getParameter("warehouse") : path.split("/")[2];
            if (!servlets.containsKey(name)) {
                refuse(response, 404, "NotFoundException", "no warehouse " + name);
                return;
            }
            servlets.get(name).service(new HttpServletRequestWrapper(request) {
                @Override
                public String getRequestURI() {
                    return path.replaceFirst("^/v1/" + name + "/", "/v1/");
                }
            }, response);
        }
    }

    /** A catalog that tells its clients the prefix of its paths. */
    private static class Warehouse extends RESTCatalogAdapter {
        private final String name;

        Warehouse(String name, Map<String, String> options) {
            super(CatalogUtil.buildIcebergCatalog(name, options, null));
            this.name = name;
        }

        @Override
        public <T extends RESTResponse> T handleRequest(
                Route route, Map<String, String> variables, HTTPRequest request, Class<T> type, Consumer<Map<String, String>> headers) {
            T response = super.handleRequest(route, variables, request, type, headers);
            if (response instanceof ConfigResponse config) {
                return castResponse(type, ConfigResponse.builder()
                        .withEndpoints(config.endpoints())
                        .withOverrides(config.overrides())
                        .withOverride("prefix", name)
                        .build());
            }
            return response;
        }
    }
}
