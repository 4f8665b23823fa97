// Who may import whom, as the design has it. Every rule says why it exists and what to do instead.
//
//   web-client -> protocol <- { kit, content } <- { signaling, server, edge-node } <- cli
//   benchmarks, test -> anything; test -> benchmarks/{links,lib}; nobody -> benchmarks, test, cli
//   inside edge-node: agent -> session -> { the parts } -> rtp

const PROTOCOL = '^signaling/protocol/';
const KIT = '^server/kit/';
const CONTENT = '^server/content/';
const SIGNALING = '^signaling/(?!protocol/)';
const SERVER = '^server/(?!kit/|content/|cli/)';
const EDGE_NODE = '^edge-node/';
const CLI = '^server/cli/';
const WEB_CLIENT = '^web-client/';
const BENCHMARKS = '^benchmarks/';
const TEST = '^test/';

const EDGE_PARTS =
  '^edge-node/src/(capture|encode|audio|input|sandbox|display|transport|congestion|titles|native)/';
const UNIT_TEST = '\\.test\\.ts$';

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule */

/**
 * @param {string} name
 * @param {string} comment
 * @param {Rule['from']} from
 * @param {Rule['to']} to
 * @returns {Rule}
 */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'protocol-imports-nothing-of-ours',
      'The wire is written once, below everything. If it needs something of a process, that thing is part of the wire: move it here.',
      { path: PROTOCOL },
      { path: [KIT, CONTENT, SIGNALING, SERVER, EDGE_NODE, WEB_CLIENT] },
    ),
    forbid(
      'kit-and-content-import-protocol-only',
      'kit and content serve every process and each other not at all. What a single process needs belongs to that process.',
      { path: [KIT, CONTENT] },
      { path: [SIGNALING, SERVER, EDGE_NODE, WEB_CLIENT] },
    ),
    forbid(
      'kit-does-not-import-content',
      'Every process loads kit; not every process handles content.',
      { path: KIT },
      { path: CONTENT },
    ),
    forbid(
      'content-does-not-import-kit',
      'content is a library of pure formats; a logger or a clock comes in as an argument.',
      { path: CONTENT },
      { path: KIT },
    ),
    forbid(
      'signaling-imports-no-other-process',
      'Processes meet on the bus and on the wire, so that each can run on its own machine. Put a message into the protocol, or a plug-in into the composition root.',
      { path: SIGNALING },
      { path: [SERVER, EDGE_NODE, WEB_CLIENT] },
    ),
    forbid(
      'server-imports-no-other-process',
      'Processes meet on the bus and on the wire, so that each can run on its own machine. The composition root hands plug-ins to the server.',
      { path: SERVER },
      { path: [SIGNALING, EDGE_NODE, WEB_CLIENT] },
    ),
    forbid(
      'edge-node-imports-no-other-process',
      'An edge belongs to a provider: it sees the EdgeLink and nothing behind it.',
      { path: EDGE_NODE },
      { path: [SIGNALING, SERVER, WEB_CLIENT] },
    ),
    forbid(
      'web-client-imports-protocol-only',
      'A page shares the wire with the servers and nothing else.',
      { path: WEB_CLIENT },
      { path: [KIT, CONTENT, SIGNALING, SERVER, EDGE_NODE] },
    ),
    forbid(
      'nobody-imports-cli',
      'The composition root is the top: it imports the start() of the processes and nothing imports it.',
      { pathNot: [CLI, TEST, BENCHMARKS] },
      { path: CLI },
    ),
    forbid(
      'nobody-imports-benchmarks',
      'A benchmark asks a question about the product. Only test may import its network simulator.',
      { pathNot: [BENCHMARKS, TEST] },
      { path: BENCHMARKS },
    ),
    forbid(
      'test-imports-no-benchmark',
      'benchmarks/links is the one network simulator and benchmarks/lib the harness (benchmarks/decisions); a benchmark itself is for reading results.',
      { path: TEST },
      { path: BENCHMARKS, pathNot: '^benchmarks/(links|lib)/' },
    ),
    forbid(
      'nobody-imports-test',
      'Fixtures stay with the tests. What two packages share belongs to the lower one.',
      { pathNot: TEST },
      { path: TEST },
    ),
    forbid(
      'edge-rtp-is-the-bottom',
      'Packets know nothing of who captures, encodes or sends them; pass values in.',
      { path: '^edge-node/src/rtp/' },
      { path: '^edge-node/src/(?!rtp/)' },
    ),
    forbid(
      'edge-parts-know-no-session',
      'A part (capture, encode, audio, ...) is wired by the session and tells it through an interface or a callback. Importing upward makes the part untestable alone.',
      { path: EDGE_PARTS },
      { path: '^edge-node/src/(session|agent|receiver)/|^edge-node/src/(start|main|config)\\.ts$' },
    ),
    forbid(
      'edge-session-knows-no-agent',
      'The session host is a process of its own; what it and the agent say to each other stands in session/ipc.ts.',
      { path: '^edge-node/src/session/' },
      { path: '^edge-node/src/(agent|receiver)/|^edge-node/src/(start|main)\\.ts$' },
    ),
    forbid(
      'edge-receiver-is-a-player',
      'The synthetic player stands on the far side of the network: protocol, transport, rtp and its own decoder are all it may know.',
      { path: '^edge-node/src/receiver/' },
      { path: '^edge-node/src/(?!receiver/|transport/|rtp/)' },
    ),
    forbid(
      'edge-product-imports-no-receiver',
      'The synthetic player is for checks and benchmarks; the product does not lean on it.',
      { path: '^edge-node/src/(?!receiver/)', pathNot: [UNIT_TEST, '^edge-node/src/start\\.ts$'] },
      { path: '^edge-node/src/receiver/' },
    ),
    forbid(
      'edge-arithmetic-does-no-io',
      'rtp/ and congestion/ are pure: no I/O, no timer, no clock. Time and chance come in as arguments, so that a test can replay an hour in a millisecond.',
      { path: '^edge-node/src/(rtp|congestion)/', pathNot: UNIT_TEST },
      { dependencyTypes: ['core'], pathNot: '^(node:)?assert' },
    ),
    forbid(
      'edge-congestion-imports-rtp-only',
      'A controller turns packet reports into a bitrate; where they come from is none of its business.',
      { path: '^edge-node/src/congestion/' },
      { path: '^edge-node/src/(?!congestion/|rtp/)' },
    ),
    forbid(
      'only-transport-imports-werift',
      'One folder owns the WebRTC library, so that it can be replaced and its traps are known in one place. Use the interface of edge-node/src/transport.',
      { pathNot: '^edge-node/src/transport/' },
      { path: '(^|/)node_modules/werift/' },
    ),
    forbid(
      'platforms-stay-out-of-the-page',
      'protocol and web-client run in a browser: Node modules do not exist there.',
      { path: [PROTOCOL, WEB_CLIENT], pathNot: [UNIT_TEST, '^web-client/vite\\.config\\.ts$'] },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'no-cycles',
      'Two files that import each other are one file, or hide a third. Move what both need below them.',
      {},
      { circular: true },
    ),
    forbid(
      'product-imports-no-test-file',
      'A test imports the product, never the other way round. Move the shared part into a file of its own.',
      { pathNot: UNIT_TEST },
      { path: UNIT_TEST },
    ),
    forbid(
      'everything-resolves',
      'The import leads nowhere: a wrong path, or a package that the package.json beside it does not name.',
      {},
      { couldNotResolve: true },
    ),
    forbid(
      'packages-are-declared',
      'The package works here by luck of the tree. Name it in the package.json of the workspace that imports it.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(web-client|edge-node/titles/[^/]+)/dist/' },
    // Imports of types alone count too: a type is knowledge.
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mts', '.mjs', '.cjs', '.js', '.json', '.d.ts', '.node'],
    },
  },
};
