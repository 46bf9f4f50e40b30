/** The description of all routes for programs: /openapi.json. */
import { z } from 'zod';
import { json, type Route, route } from '../http/route.ts';
import { type OpenApiDocument, openApiDocument } from './openapi.ts';

/** The document is made when it is first asked for, of all routes that there are then. */
export function documentRoutes(routes: () => readonly Route[]): Route[] {
  let made: OpenApiDocument | undefined;
  const document = route(
    {
      method: 'get',
      path: '/openapi.json',
      operation: 'getOpenApi',
      tag: 'server',
      scope: 'open',
      summary: 'This document',
      answer: json(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1'),
    },
    () => {
      made ??= openApiDocument(routes());
      return made;
    },
  );
  return [document];
}
