const SUBJECT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const PATTERN = /^([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?$/;

/** Whether `subject` may be published to. */
export function isSubject(subject: string): boolean {
  return subject.length <= 255 && SUBJECT.test(subject);
}

/** Whether `pattern` may be subscribed to. */
export function isSubjectPattern(pattern: string): boolean {
  return pattern.length <= 255 && (pattern === '>' || PATTERN.test(pattern));
}

/** Whether a subject falls under a pattern: `*` stands for one token, a last `>` for one or more (NATS subject-based messaging). */
export function matchesSubject(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const given = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return given.length > index;
    if (index >= given.length) return false;
    if (token !== '*' && token !== given[index]) return false;
  }
  return wanted.length === given.length;
}
