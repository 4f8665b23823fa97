// Golden vectors, their check and the fuzzer's parts: for tests and benchmarks in Node and in browsers, not for the product.
export { checkVectors, type VectorResult } from './check.ts';
export { PARSERS, type DirectionName } from './directions.ts';
export { mutate, randomBelow, randomBytes, seededRandom, type Random } from './fuzz.ts';
export { fromHex, toHex } from './hex.ts';
export {
  inputAckVectors,
  inputPacketVectors,
  malformedInputAckVectors,
  malformedInputPacketVectors,
  messageVectors,
  refusedMessageVectors,
  type InputAckVector,
  type InputPacketVector,
  type MalformedVector,
  type MessageVector,
  type RefusedMessageVector,
} from './vectors.ts';
