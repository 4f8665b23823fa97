import {
  parseEdgeToPlayerControl,
  parseEdgeToSignaling,
  parsePlayerToEdgeControl,
  parsePlayerToSignaling,
  parseSignalingToEdge,
  parseSignalingToPlayer,
} from '../src/index.ts';

/** The parser of every direction. */
export const PARSERS = {
  playerToSignaling: parsePlayerToSignaling,
  signalingToPlayer: parseSignalingToPlayer,
  edgeToSignaling: parseEdgeToSignaling,
  signalingToEdge: parseSignalingToEdge,
  edgeToPlayerControl: parseEdgeToPlayerControl,
  playerToEdgeControl: parsePlayerToEdgeControl,
} as const;

export type DirectionName = keyof typeof PARSERS;
