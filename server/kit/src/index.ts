export { background, type ErrorLog } from './background.ts';
export {
  MAX_BUS_PAYLOAD_BYTES,
  type Bus,
  type SubscribeOptions,
  type Subscription,
} from './bus/bus.ts';
export { createMemoryBus, type MemoryBusOptions } from './bus/memory-bus.ts';
export {
  EDGE_ADMISSION,
  publishTopic,
  requestTopic,
  respondTopic,
  subscribeTopic,
  TOPICS,
  type EdgeFactsEvent,
  type EdgeGoneEvent,
  type MetricsSample,
  type RequestTopic,
  type SessionStateEvent,
  type Topic,
} from './bus/topics.ts';
export { systemClock, type CancelTimer, type Clock, type Timers } from './clock.ts';
export {
  booleanKey,
  choiceKey,
  describeValues,
  integerKey,
  parseEnvironment,
  textKey,
  type EnvironmentKey,
  type EnvironmentSpec,
  type EnvironmentValues,
} from './config/environment.ts';
export {
  BusError,
  ConfigError,
  StoreError,
  type BusErrorCode,
  type ConfigProblem,
} from './errors.ts';
export { createKeyedLimiter, type KeyedLimiter } from './keyed-limiter.ts';
export {
  createLogger,
  LOG_LEVELS,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './logger.ts';
export { createLineTail, type LineTail, type LineTailOptions } from './process/line-tail.ts';
export { createShutdown, type Shutdown, type ShutdownOptions } from './process/shutdown.ts';
export {
  ChildError,
  superviseChild,
  type ChildErrorCode,
  type ChildExit,
  type SupervisedChild,
  type SuperviseOptions,
} from './process/supervised-child.ts';
export {
  openSqliteStore,
  type Migrations,
  type OpenStoreOptions,
  type Store,
} from './store/sqlite-store.ts';
export { createTokenBucket, type TokenBucket, type TokenBucketOptions } from './token-bucket.ts';
