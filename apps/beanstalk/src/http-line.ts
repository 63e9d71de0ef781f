/**
 * Whether this line, or its beginning, is from an HTTP request: the first one, or the `Host` that every browser sends
 * next, whatever it calls its method. Any web page can have a browser send one to a port of this machine, with commands in
 * its body; no command begins like that.
 */
export const isHttpLine = (line: string): boolean => /^[A-Z]+ (?:\/|https?:)/.test(line) || /^host:/i.test(line)
