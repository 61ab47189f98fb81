import { testExamples } from "../examples.ts";

testExamples("instagram");
