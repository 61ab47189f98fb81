import { testExamples } from "../examples.ts";

testExamples("line");
