import { Counter, Histogram, type Registry } from 'prom-client';

export type HttpMetrics = {
  observe(request: {
    readonly method: string;
    /** The route's pattern, never the address itself (its number of values must stay small). */
    readonly route: string;
    readonly status: number;
    readonly durationSeconds: number;
  }): void;
};

/** Counts and times HTTP requests. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'perigee_http_requests_total',
    help: 'HTTP requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'perigee_http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  return {
    observe: ({ method, route, status, durationSeconds }) => {
      requests.inc({ method, route, status: String(status) });
      duration.observe({ route }, durationSeconds);
    },
  };
}
