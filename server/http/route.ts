/**
 * How a route is declared: method, path, who may call it, what goes in and what comes out, as zod schemas beside the
 * function that answers. The router and the OpenAPI document are made from the same values. Knows no route.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import type { Scope } from '../access/access-key.ts';
import { answerJson } from './answer-json.ts';
import { type BodyRule, bodyReader } from './request-body.ts';
import { check } from './request-values.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a caller must be allowed to do; `open` is for everybody, without a key. */
export type RouteScope = Scope | 'open';

export type Tag = 'search' | 'items' | 'galleries' | 'clusters' | 'models' | 'jobs' | 'server';

/** What comes out when all went well: JSON by a schema, or bytes of some content type that the handler sends itself. */
export type Answer<A extends z.ZodType = z.ZodType> = {
  status: number;
  description: string;
  contentType?: string;
  schema?: A;
};

export type Declaration<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> = {
  method: Method;
  /** As OpenAPI writes it, such as `/v1/galleries/{gallery}`. */
  path: string;
  /** The name of the operation, unique, in camel case: clients that are generated call their functions so. */
  operation: string;
  tag: Tag;
  scope: RouteScope;
  /** It deals in items one by one, and only in those that the caller may see: keys with a filter may call it. */
  heedsFilter?: boolean;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: BodyRule<B>;
  answer: Answer<A>;
};

/** A request with what its schemas made of it. */
export type Call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  request: Request;
  response: Response;
};

export type Route = Declaration & { serve: (request: Request, response: Response) => Promise<void> };

/** An answer of status 200 (or another) in JSON. */
export function json<A extends z.ZodType>(schema: A, description: string, status = 200): Answer<A> {
  return { status, description, contentType: 'application/json', schema };
}

/** Bytes of a content type; the handler sends them. */
export function bytes(contentType: string, description: string): Answer {
  return { status: 200, description, contentType };
}

/** An answer without a body. */
export function nothing(description: string): Answer {
  return { status: 204, description };
}

/**
 * Declares a route. `answer` gets what the schemas made of the request and returns the value to send, which must fit the
 * schema of the answer; where the answer has no schema it sends the bytes itself.
 */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  declared: Declaration<P, Q, B, A>,
  answer: (call: Call<P, Q, B>) => z.output<A> | Promise<z.output<A>>,
): Route {
  const { params, query, body, answer: promised } = declared;
  const readBody = body && bodyReader(body);
  const serve = async (request: Request, response: Response) => {
    const call = {
      params: params && check(params, request.params),
      query: query && check(query, request.query),
      body: body && readBody && check(body.schema, await readBody(request, response)),
      request,
      response,
    } as Call<P, Q, B>;
    const value = await answer(call);
    if (promised.schema) answerJson(response, value, promised.status);
    else if (promised.status === 204) response.status(204).end();
  };
  return { ...(declared as Declaration), serve };
}

/** The routes in the order given; `before` makes what runs ahead of a route, such as a check of who calls. */
export function toRouter(routes: readonly Route[], before: (route: Route) => RequestHandler[] = () => []) {
  const router = Router();
  for (const route of routes) router[route.method](expressPath(route.path), ...before(route), route.serve);
  return router;
}

/** `/v1/galleries/{gallery}` as Express writes it: `/v1/galleries/:gallery`. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
