// JSON Schemas of the REST interface. Answers are serialised by them, so a field that is not named here never leaves.

export const errorBody = {
  type: 'object',
  additionalProperties: false,
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'for programs' },
    message: { type: 'string', description: 'for people' },
  },
} as const;

export const titleBody = {
  type: 'object',
  additionalProperties: false,
  required: [
    'titleId',
    'name',
    'version',
    'description',
    'category',
    'resolution',
    'fps',
    'input',
    'isOnline',
    'edgesOnline',
  ],
  properties: {
    titleId: { type: 'string' },
    name: { type: 'string' },
    version: { type: 'string' },
    description: { type: 'string' },
    category: { type: 'string' },
    resolution: {
      type: 'object',
      additionalProperties: false,
      required: ['width', 'height'],
      properties: { width: { type: 'integer' }, height: { type: 'integer' } },
    },
    fps: { type: 'integer' },
    input: { type: 'array', items: { type: 'string' } },
    isOnline: { type: 'boolean', description: 'an edge that is online offers it now' },
    edgesOnline: { type: 'integer' },
  },
} as const;

export const sessionBody = {
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'titleId', 'edgeNodeId', 'state', 'code', 'createdAt', 'updatedAt'],
  properties: {
    sessionId: { type: 'string' },
    titleId: { type: 'string' },
    edgeNodeId: { type: ['string', 'null'] },
    state: {
      type: 'string',
      enum: ['queued', 'placing', 'starting', 'live', 'reconnecting', 'ended'],
    },
    code: { type: ['string', 'null'], description: 'why it ended' },
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
  },
} as const;

export const healthBody = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'version', 'uptimeSeconds', 'edgesOnline', 'sessionsRunning'],
  properties: {
    status: {
      type: 'string',
      enum: ['ok', 'degraded'],
      description: 'degraded: no edge is online',
    },
    version: { type: 'string' },
    uptimeSeconds: { type: 'number' },
    edgesOnline: { type: 'integer' },
    sessionsRunning: { type: 'integer' },
  },
} as const;
